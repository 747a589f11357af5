// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/drawings.h"

#include "core/base/files/file.h"
#include "core/base/text.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/digitimage.h"

#include <optional>

namespace chainrule {

namespace {

constexpr std::size_t imageSize = 28 * 28;

Message numbered(const std::string& source, std::size_t position)
{
    return {MessageId::drawingNumber, source, std::to_string(position + 1)};
}

} // namespace

Result<void>
readDrawingLines(const std::string& path,
                 const std::function<void(Result<StrokeSample> drawing, const std::string& name)>& take)
{
    auto file = InputFile::open(path, InputFile::Kind::Stream);
    if (!file)
        return file.error();
    std::string line;
    for (std::size_t number = 1;; ++number) {
        line.clear();
        Result<std::optional<char>> next = file->next();
        // Of a line that is too long nothing is kept but its beginning, on which the reader says so.
        for (; next && *next && **next != '\n'; next = file->next())
            if (line.size() <= maximumStrokeLine)
                line += **next;
        if (!next)
            return next.error();
        if (line.find_first_not_of(" \t\r") != std::string::npos) {
            const std::string name = path + ":" + std::to_string(number);
            take(readStrokeLine(line, name), name);
        }
        if (!*next)
            return {};
    }
}

Result<std::vector<StrokeSample>> readDrawings(const std::string& path)
{
    std::vector<StrokeSample> drawings;
    std::optional<Error> failure;
    const auto read = readDrawingLines(path, [&](Result<StrokeSample> drawing, const std::string&) {
        if (failure)
            return;
        if (!drawing)
            failure = drawing.error();
        else if (drawings.size() == maximumDrawings)
            failure = Error{
                path,
                {MessageId::moreThanDrawings, withSeparators(static_cast<std::int64_t>(maximumDrawings))},
                MessageId::useFewer};
        else
            drawings.push_back(std::move(*drawing));
    });
    if (!read)
        return read.error();
    if (failure)
        return *failure;
    return drawings;
}

Result<DrawnImages> drawnImages(std::span<const StrokeSample> drawings, const std::string& source)
{
    DrawnImages images;
    for (std::size_t i = 0; i < drawings.size(); ++i) {
        if (!drawings[i].label) {
            return Error{numbered(source, i), MessageId::noLabelToLearn, MessageId::sayWhichClass};
        }
        const auto ink = drawingInk(drawings[i]);
        const auto digit = ink ? prepareDigit(*ink) : Result<PreparedDigit>(ink.error());
        if (!digit)
            return Error{numbered(source, i), digit.error().why, MessageId::leaveItOut};
        images.pixels.insert(images.pixels.end(), digit->image.begin(), digit->image.end());
        images.labels.push_back(static_cast<std::uint8_t>(*drawings[i].label));
    }
    return images;
}

Result<Dataset> withDrawings(const Dataset& data, const DrawnImages& drawings, const std::string& source)
{
    if (!isImageSet(data) || data.width != 28 || data.height != 28) {
        return Error{source, {MessageId::drawingsAreSmall, data.name}, MessageId::leaveDrawingsOut};
    }
    for (std::size_t i = 0; i < drawings.labels.size(); ++i) {
        if (drawings.labels[i] >= data.classes) {
            return Error{numbered(source, i),
                         {MessageId::labelBeyondClasses, std::to_string(drawings.labels[i]), data.name,
                          std::to_string(data.classes - 1)},
                         MessageId::leaveOutOrOtherData};
        }
    }
    Dataset both;
    both.name = data.name;
    both.source = data.source;
    both.width = data.width;
    both.height = data.height;
    both.classes = data.classes;
    both.classNames = data.classNames;
    both.official = data.official;
    both.pixels.reserve(data.pixels.size() + drawings.pixels.size());
    both.pixels = data.pixels;
    both.pixels.insert(both.pixels.end(), drawings.pixels.begin(), drawings.pixels.end());
    both.labels = data.labels;
    both.labels.insert(both.labels.end(), drawings.labels.begin(), drawings.labels.end());
    return both;
}

} // namespace chainrule
