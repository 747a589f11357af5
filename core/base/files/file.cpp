// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files/file.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace chainrule {

namespace {

std::string systemReason()
{
    return std::generic_category().message(errno != 0 ? errno : EIO);
}

} // namespace

Error unreadable(const std::string& path, const Message& reason)
{
    return {path, {MessageId::cannotBeReadBecause, reason}, MessageId::checkWhoMayRead};
}

Error stoppedReading(const std::string& path)
{
    return {path, MessageId::readingStopped, MessageId::loadAgain};
}

Result<InputFile> InputFile::open(const std::string& path, Kind kind)
{
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found)
        return Error{path, MessageId::noSuchFile, MessageId::checkPath};
    if (failure)
        return unreadable(path, failure.message());
    if (fs::is_directory(status))
        return Error{path, MessageId::folderForFile, MessageId::nameAFile};
    const bool regular = fs::is_regular_file(status);
    if (!regular && kind == Kind::Regular)
        return unreadable(path, MessageId::notARegularFile);
    InputFile opened;
    opened.m_path = path;
    errno = 0;
    opened.m_file.reset(std::fopen(path.c_str(), "rb"));
    if (!opened.m_file)
        return unreadable(path, systemReason());
    if (regular)
        opened.m_size = fs::file_size(path, failure);
    if (failure)
        return unreadable(path, failure.message());
    return opened;
}

Result<std::size_t> InputFile::read(std::span<std::uint8_t> out)
{
    errno = 0;
    const std::size_t got = std::fread(out.data(), 1, out.size(), m_file.get());
    if (std::ferror(m_file.get()) != 0)
        return unreadable(m_path, systemReason());
    return got;
}

Result<std::size_t> InputFile::read(std::span<char> out)
{
    return read(std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size()));
}

Result<std::optional<char>> InputFile::next()
{
    errno = 0;
    const int byte = std::getc(m_file.get());
    if (byte != EOF)
        return std::optional(static_cast<char>(byte));
    if (std::ferror(m_file.get()) != 0)
        return unreadable(m_path, systemReason());
    return std::optional<char>();
}

Result<std::string> readFile(const std::string& path, std::uint64_t most, const Error& tooLarge)
{
    auto file = InputFile::open(path);
    if (!file)
        return file.error();
    if (file->size() > most)
        return tooLarge;
    std::string bytes(static_cast<std::size_t>(file->size()), '\0');
    const auto got = file->read(std::span(bytes));
    if (!got)
        return got.error();
    bytes.resize(*got); // fewer where the file was cut meanwhile
    return bytes;
}

} // namespace chainrule
