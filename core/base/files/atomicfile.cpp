// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files/atomicfile.h"

#include "core/base/utf8.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

namespace fs = std::filesystem;

// ".NAME.chainrule-0123456789abcdef": hidden, and a name that no other program uses.
constexpr std::string_view mark = ".chainrule-";
constexpr std::size_t randomDigits = 16;
constexpr std::size_t longestName = 255 - 1 - mark.size() - randomDigits; // of most file systems
constexpr std::size_t chunk = std::size_t{1} << 20;                       // bytes
constexpr int mostLinks = 40;
constexpr int mostNames = 100;

bool isTemporary(std::string_view name)
{
    const std::size_t tail = mark.size() + randomDigits;
    if (name.size() < tail + 2 || name.front() != '.')
        return false;
    const std::string_view digits = name.substr(name.size() - randomDigits);
    return name.substr(name.size() - tail, mark.size()) == mark &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string temporaryName(std::string_view name)
{
    std::random_device random;
    std::string digits;
    while (digits.size() < randomDigits)
        digits += "0123456789abcdef"[random() % 16];
    return "." + std::string(cutToCharacter(name, longestName)) + std::string(mark) + digits;
}

// The file that a chain of links ends at, which need not exist.
Result<fs::path> linkTarget(const std::string& path)
{
    fs::path file(path);
    std::error_code error;
    for (int i = 0; i < mostLinks; ++i) {
        if (!fs::is_symlink(fs::symlink_status(file, error)))
            return file;
        const fs::path target = fs::read_symlink(file, error);
        if (error)
            return notWritten(path, error.value());
        file = target.is_absolute() ? target : file.parent_path() / target;
    }
    return notWritten(path, ELOOP);
}

// A temporary file. The destructor closes it and, unless it was moved to its target, removes it.
class Temporary {
public:
    Temporary(FileCalls& calls, fs::path path, int file)
        : m_calls(calls)
        , m_path(std::move(path))
        , m_file(file)
    {
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary()
    {
        if (m_file >= 0)
            ::close(m_file);
        if (!m_placed)
            ::unlink(m_path.c_str());
    }

    [[nodiscard]] int file() const { return m_file; }

    [[nodiscard]] bool write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const std::int64_t count = m_calls.write(m_file, bytes.data(), std::min(chunk, bytes.size()));
            if (count < 0 && errno == EINTR)
                continue;
            if (count == 0)
                errno = EIO; // a device that writes nothing and gives no reason
            if (count <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    [[nodiscard]] bool close()
    {
        // Linux closes the file whatever close() returns. Some file systems report a failed write only here.
        const int status = m_calls.close(std::exchange(m_file, -1));
        return status == 0 || errno == EINTR;
    }

    [[nodiscard]] bool moveTo(const fs::path& target)
    {
        m_placed = m_calls.rename(m_path.c_str(), target.c_str()) == 0;
        return m_placed;
    }

private:
    FileCalls& m_calls;
    fs::path m_path;
    int m_file;
    bool m_placed = false;
};

class Folder {
public:
    Folder(FileCalls& calls, const fs::path& path)
        : m_file(calls.open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
    {
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        if (m_file >= 0)
            ::close(m_file);
    }
    [[nodiscard]] int file() const { return m_file; }

private:
    int m_file;
};

bool sync(FileCalls& calls, int file)
{
    int status = -1;
    do {
        status = calls.fsync(file);
    } while (status != 0 && errno == EINTR);
    return status == 0;
}

// Locks a new temporary file, so that removeAbandonedFiles() can see that it is in use. False where that
// function has removed the file before it was locked.
bool claim(int file)
{
    if (::flock(file, LOCK_EX | LOCK_NB) != 0)
        return errno !=
               EWOULDBLOCK; // a file system without locks, where no file is ever removed as abandoned
    struct stat now {};
    return ::fstat(file, &now) == 0 && now.st_nlink > 0;
}

// A new file that is complete and on the disk, but not yet renamed to its target.
class Prepared {
public:
    Prepared(FileCalls& calls, fs::path target, bool replaces)
        : m_folder(calls, folderOf(target))
        , m_target(std::move(target))
        , m_replaces(replaces)
    {
    }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
    ~Prepared()
    {
        if (!m_kept.empty())
            ::unlink(m_kept.c_str());
    }

    static fs::path folderOf(const fs::path& target)
    {
        return target.has_parent_path() ? target.parent_path() : fs::path(".");
    }
    [[nodiscard]] int folder() const { return m_folder.file(); }
    void fill(std::unique_ptr<Temporary> temporary) { m_temporary = std::move(temporary); }

    /// Returns 0 or errno. With `revocable`, the old file is kept under another name for the lifetime of this
    /// object, so that takeBack() can restore it.
    [[nodiscard]] int place(bool revocable)
    {
        if (revocable && m_replaces) {
            m_kept = folderOf(m_target) / temporaryName(m_target.filename().string());
            if (::link(m_target.c_str(), m_kept.c_str()) != 0)
                m_kept.clear(); // a file system without links
        }
        return m_temporary->moveTo(m_target) ? 0 : errno;
    }
    void takeBack()
    {
        if (!m_replaces)
            ::unlink(m_target.c_str());
        else if (!m_kept.empty() && std::rename(m_kept.c_str(), m_target.c_str()) == 0)
            m_kept.clear();
    }

private:
    Folder m_folder;
    fs::path m_target;
    bool m_replaces;
    fs::path m_kept;
    std::unique_ptr<Temporary> m_temporary;
};

Result<std::unique_ptr<Prepared>> prepare(const std::string& path, std::string_view bytes, FileCalls& calls)
{
    const auto target = linkTarget(path);
    if (!target)
        return target.error();
    struct stat old {};
    const bool exists = ::stat(target->c_str(), &old) == 0;
    if (exists && !S_ISREG(old.st_mode)) // the new file would take a device's place
        return Error{path, MessageId::folderOrDevice, MessageId::giveNameOfFile};
    if (exists && ::access(target->c_str(), W_OK) != 0)
        return notWritten(path, errno);

    // The folder is opened first, so that a failure leaves everything unchanged.
    auto prepared = std::make_unique<Prepared>(calls, *target, exists);
    if (prepared->folder() < 0)
        return notWritten(path, errno);
    // The new file must be readable by no more people than the old one.
    const unsigned mode = exists ? old.st_mode & 0777U : 0666U;
    int file = -1;
    fs::path name;
    for (int i = 0; i < mostNames && file < 0; ++i) {
        name = Prepared::folderOf(*target) / temporaryName(target->filename().string());
        file = calls.open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file < 0 && errno != EEXIST)
            return notWritten(path, errno);
        if (file >= 0 && !claim(file)) {
            ::close(file);
            file = -1;
            errno = EEXIST;
        }
    }
    if (file < 0)
        return notWritten(path, errno);

    auto temporary = std::make_unique<Temporary>(calls, name, file);
    if (exists) {
        // Owner and group are kept where the system lets us.
        if ((old.st_uid != ::geteuid() || old.st_gid != ::getegid()) &&
            ::fchown(file, old.st_uid, old.st_gid) != 0)
            errno = 0;
        if (::fchmod(file, old.st_mode & 0777U) != 0)
            errno = 0; // some file systems have no permissions
    }
    if (!temporary->write(bytes))
        return notWritten(path, errno);
    const std::int64_t length = calls.length(file);
    if (length != static_cast<std::int64_t>(bytes.size()))
        return notWritten(path, length < 0 ? errno : EIO);
    if (!sync(calls, file) || !temporary->close())
        return notWritten(path, errno);
    prepared->fill(std::move(temporary));
    return prepared;
}

} // namespace

Error notWritten(const std::string& path, int number)
{
    switch (number) {
    case ENOENT:
        return {path, MessageId::noFolderFor, MessageId::makeFolderFirst};
    case ENOTDIR:
        return {path, MessageId::fileForItsFolder, MessageId::chooseAnotherPlace};
    case EACCES:
    case EPERM:
    case EROFS:
        return {path, MessageId::mayNotBeWritten, MessageId::chooseAnotherPlace};
    default:
        break;
    }
    if (number == ENOSPC || number == EDQUOT)
        return {path, {MessageId::couldNotBeWritten, MessageId::diskFull}, MessageId::freeSpace};
    return {path,
            {MessageId::couldNotBeWritten, std::generic_category().message(number)},
            MessageId::chooseOtherUntouched};
}

int FileCalls::open(const char* path, int flags, unsigned mode)
{
    return ::open(path, flags, static_cast<mode_t>(mode));
}

std::int64_t FileCalls::write(int file, const char* bytes, std::size_t count)
{
    return ::write(file, bytes, count);
}

std::int64_t FileCalls::length(int file)
{
    struct stat now {};
    return ::fstat(file, &now) == 0 ? now.st_size : -1;
}

int FileCalls::fsync(int file)
{
    return ::fsync(file);
}

int FileCalls::close(int file)
{
    return ::close(file);
}

int FileCalls::rename(const char* from, const char* to)
{
    return std::rename(from, to);
}

Result<void> writeAtomically(const std::string& path, std::string_view bytes)
{
    FileCalls calls;
    return writeAtomically(path, bytes, calls);
}

Result<void> writeAtomically(const std::string& path, std::string_view bytes, FileCalls& calls)
{
    const FileToWrite file{path, bytes};
    return writeTogether(std::span(&file, 1), calls);
}

Result<void> writeTogether(std::span<const FileToWrite> files)
{
    FileCalls calls;
    return writeTogether(files, calls);
}

Result<void> writeTogether(std::span<const FileToWrite> files, FileCalls& calls)
{
    std::vector<std::unique_ptr<Prepared>> prepared;
    for (const auto& [path, bytes] : files) {
        auto file = prepare(path, bytes, calls);
        if (!file)
            return file.error();
        prepared.push_back(*std::move(file));
    }
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        // The last file never has to be taken back.
        const bool last = i + 1 == prepared.size();
        if (const int number = prepared[i]->place(!last); number != 0) {
            for (std::size_t before = i; before-- > 0;)
                prepared[before]->takeBack();
            return notWritten(files[i].path, number);
        }
    }
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        // Some file systems do not support fsync() of folders; there is nothing more to do.
        if (!sync(calls, prepared[i]->folder()) && errno != EINVAL && errno != ENOTSUP) {
            Error error = notWritten(files[i].path, errno);
            error.why = MessageId::folderNotSent;
            error.mend = MessageId::wholeButMayBeLost;
            return error;
        }
    }
    return {};
}

std::size_t removeAbandonedFiles(const std::string& folder)
{
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code unknown;
        if (isTemporary(at->path().filename().string()) &&
            at->symlink_status(unknown).type() == fs::file_type::regular)
            found.push_back(at->path());
    }
    std::size_t removed = 0;
    for (const fs::path& path : found) {
        const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0)
            continue;
        // The lock is held until the file is gone, so that no save can claim it in between.
        if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::unlink(path.c_str()) == 0)
            ++removed;
        ::close(file);
    }
    return removed;
}

} // namespace chainrule
