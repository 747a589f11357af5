// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/csv.h"

#include "core/base/files/file.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/data/readers/csvrows.h"
#include "core/data/readers/csvtable.h"
#include "core/data/scale.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <new>
#include <numeric>
#include <span>
#include <utility>

namespace chainrule {

namespace {

constexpr std::size_t chunkSize = std::size_t{256} << 10;

using Take = std::function<Result<void>(std::string_view)>;
/// Hands all bytes, in pieces and in order, to what it is given; can be called again.
using Bytes = std::function<Result<void>(const Take&)>;

// What a table never begins with.
Result<void> checkBeginning(std::string_view bytes, const std::string& name)
{
    using namespace std::string_view_literals;
    const auto begins = [bytes](std::string_view with) { return bytes.starts_with(with); };
    if (bytes.empty())
        return Error{name, MessageId::itIsEmpty, MessageId::lineForEachSample};
    if (begins("\xff\xfe"sv) || begins("\xfe\xff"sv))
        return Error{name, MessageId::inUtf16, MessageId::saveAsUtf8};
    if (begins("\x1f\x8b"sv) || begins("PK\x03\x04"sv))
        return Error{name, MessageId::packedOrSpreadsheet, MessageId::unpackOrSaveCsv};
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<')
        return Error{name, MessageId::webPageNoTable, MessageId::saveAsCsv};
    return {};
}

// One pass: every row goes to `take`.
Result<void> eachRow(const Bytes& bytes, const std::string& name, char delimiter, CsvSplitter::Take take)
{
    CsvSplitter splitter(name, delimiter, std::move(take));
    bool first = true;
    const auto fed = bytes([&](std::string_view chunk) {
        return splitter.feed(std::exchange(first, false) ? withoutByteOrderMark(chunk) : chunk);
    });
    return fed ? splitter.end() : fed;
}

Error changed(const std::string& name)
{
    return {name, MessageId::changedMeanwhile, MessageId::loadAgain};
}

Message roomText(const CsvLayout& layout)
{
    if (layout.side > 0)
        return imagesText(layout.rows, static_cast<std::uint64_t>(layout.side),
                          static_cast<std::uint64_t>(layout.side));
    return {MessageId::rowsOfFeatures, withSeparators(static_cast<std::int64_t>(layout.rows)),
            withSeparators(static_cast<std::int64_t>(layout.features()))};
}

// Second pass: the numbers.
Result<void> fill(Dataset& data, const CsvLayout& layout, const Bytes& bytes, const std::string& name,
                  char delimiter)
{
    const bool images = layout.side > 0;
    data.labels.reserve(layout.rows);
    (images ? data.pixels.reserve(layout.rows * layout.features())
            : data.measured.reserve(layout.rows * layout.features()));
    bool skip = layout.header;
    return eachRow(bytes, name, delimiter, [&](const CsvRow& row) -> Result<void> {
        if (std::exchange(skip, false))
            return {};
        if (row.cells.size() != layout.columns || data.labels.size() == layout.rows)
            return changed(name);
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (i == layout.labelColumn()) {
                const auto label = layout.labels.find(csvLabel(row.cells[i], layout.decimalComma));
                if (label == layout.labels.end())
                    return changed(name);
                data.labels.push_back(label->second);
                continue;
            }
            const auto number = csvNumber(row.cells[i], layout.decimalComma);
            if (!number)
                return changed(name);
            if (images)
                data.pixels.push_back(static_cast<std::uint8_t>(
                    std::clamp(std::lround(*number * layout.pixelScale), 0L, 255L)));
            else if (std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max()))
                return Error{csvPlace(name, row.line, i + 1),
                             {MessageId::tooLargeForFloat, inQuotes(row.cells[i])},
                             MessageId::writeSmallerNumber};
            else
                data.measured.push_back(*number);
        }
        return {};
    });
}

// Names and ranges of the columns, and the features as they are looked at before there is a network.
Result<void> describeColumns(Dataset& data, const CsvLayout& layout)
{
    const std::size_t count = layout.features();
    for (std::size_t i = 0; i < count; ++i) {
        FeatureColumn column;
        const std::size_t at = i + (layout.labelLast ? 0 : 1);
        if (!layout.names.empty())
            column.name = layout.names[at];
        if (column.name.empty())
            column.name = "column " + std::to_string(at + 1);
        column.least = column.largest = data.measured[i];
        for (std::size_t cell = i; cell < data.measured.size(); cell += count) {
            column.least = std::min(column.least, data.measured[cell]);
            column.largest = std::max(column.largest, data.measured[cell]);
        }
        data.columns.push_back(std::move(column));
    }
    std::vector<std::uint32_t> all(data.labels.size());
    std::iota(all.begin(), all.end(), std::uint32_t{0});
    return applyScale(data, scaleFrom(data, all));
}

Result<Dataset> read(const Bytes& bytes, std::string_view beginning, const std::string& name,
                     std::uint64_t available)
{
    if (const auto checked = checkBeginning(beginning, name); !checked)
        return checked.error();
    const char delimiter = csvDelimiter(withoutByteOrderMark(beginning));
    CsvSurvey survey(name, delimiter != ',');
    const auto seen = eachRow(bytes, name, delimiter, [&](const CsvRow& row) { return survey.take(row); });
    if (!seen)
        return seen.error();
    const auto layout = survey.finish();
    if (!layout)
        return layout.error();
    const std::uint64_t each =
        layout->features() * (layout->side > 0 ? 1 : sizeof(double) + sizeof(float)) + 1;
    if (const auto room = checkMemory(name, roomText(*layout), layout->rows * each, available); !room)
        return room.error();

    Dataset data;
    data.classes = static_cast<int>(layout->classNames.size());
    data.classNames = layout->classNames;
    data.width = layout->side > 0 ? layout->side : static_cast<int>(layout->features());
    data.height = layout->side > 0 ? layout->side : 1;
    if (const auto filled = fill(data, *layout, bytes, name, delimiter); !filled)
        return filled.error();
    if (data.labels.size() != layout->rows)
        return changed(name);
    if (layout->side == 0) {
        if (const auto described = describeColumns(data, *layout); !described)
            return described.error();
    } else if (layout->pixelScale != 1.0) {
        data.note = "Pixels from 0 to " + shortestNumber(std::round(255.0 / layout->pixelScale)) +
                    " were stretched to the range from 0 to 255";
    }
    data.official.training = data.labels.size();
    return data;
}

} // namespace

Result<Dataset> parseCsv(std::string_view bytes, const std::string& name, std::uint64_t available)
try {
    const Bytes pieces = [bytes](const Take& take) -> Result<void> {
        for (std::size_t at = 0; at < bytes.size(); at += chunkSize) {
            if (const auto taken = take(bytes.substr(at, chunkSize)); !taken)
                return taken;
        }
        return {};
    };
    auto data = read(pieces, bytes.substr(0, chunkSize), name, available);
    if (data) {
        data->name = name;
        data->source = name;
    }
    return data;
} catch (const std::bad_alloc&) {
    return outOfMemory(name);
}

Result<Dataset> loadCsv(const std::string& path, const std::stop_token& stop)
try {
    auto file = InputFile::open(path);
    if (!file)
        return file.error();
    std::string chunk(chunkSize, '\0');
    const auto readChunk = [&]() -> Result<std::string_view> {
        const auto got = file->read(std::span(chunk));
        if (!got)
            return got.error();
        return std::string_view(chunk).substr(0, *got);
    };
    const Bytes pieces = [&](const Take& take) -> Result<void> {
        file->rewind();
        while (true) {
            if (stop.stop_requested())
                return stoppedReading(path);
            const auto piece = readChunk();
            if (!piece)
                return piece.error();
            if (piece->empty())
                return {};
            if (const auto taken = take(*piece); !taken)
                return taken;
        }
    };
    const auto first = readChunk();
    if (!first)
        return first.error();
    const std::string beginning(*first);
    auto data = read(pieces, beginning, path, availableMemory());
    if (data) {
        data->name = std::filesystem::path(path).filename().string();
        data->source = path;
    }
    return data;
} catch (const std::bad_alloc&) {
    return outOfMemory(path);
}

} // namespace chainrule
