// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/csvtable.h"

#include "core/base/naturalorder.h"
#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/data/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace chainrule {

namespace {

constexpr int leastSide = 4;        // fewer features are no picture
constexpr double fullScale = 128.0; // a picture whose largest value is below uses another scale than bytes
constexpr MessageId mendLabel = MessageId::putLabelAtEdge;

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Most numbers of a table of pixels have one to three digits.
std::optional<double> smallNumber(std::string_view text)
{
    if (text.empty() || text.size() > 3)
        return std::nullopt;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = 10 * number + (c - '0');
    }
    return number;
}

bool isByte(double number)
{
    return number >= 0.0 && number <= 255.0 && number == std::floor(number);
}

Error badCell(const Message& place, std::string_view cell)
{
    const std::string_view text = trimmed(cell);
    if (text.empty())
        return {place, MessageId::cellEmpty, MessageId::writeNumberThere};
    return {place, {MessageId::cellNoNumber, inQuotes(cleanName(text))}, MessageId::writeNumberThere};
}

std::string lowerCase(std::string_view text)
{
    std::string lower = cleanName(text);
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

// How programs write that there is no number: no word of a header.
bool meansNoNumber(std::string_view cell)
{
    const std::string text = lowerCase(cell);
    for (const char* each : {"", "nan", "-nan", "inf", "-inf", "+inf", "infinity", "-infinity", "na", "n/a",
                             "?", "-", "null", "none"}) {
        if (text == each)
            return true;
    }
    return false;
}

bool isLabelName(std::string_view header)
{
    const std::string name = lowerCase(header);
    for (const char* each : {"label", "labels", "class", "classes", "target", "species", "y", "digit",
                             "letter", "category", "variety", "type"}) {
        if (name == each)
            return true;
    }
    return false;
}

} // namespace

std::optional<double> csvNumber(std::string_view cell, bool decimalComma)
{
    std::string_view text = trimmed(cell);
    if (const auto small = smallNumber(text))
        return small;
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-')
        text.remove_prefix(1);
    std::string pointed;
    if (decimalComma && text.find('.') == std::string_view::npos) {
        if (const std::size_t comma = text.find(','); comma != std::string_view::npos) {
            pointed = text;
            pointed[comma] = '.';
            text = pointed;
        }
    }
    double number = 0.0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || status != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number + 0.0; // no -0
}

std::string csvLabel(std::string_view cell, bool decimalComma)
{
    const auto number = csvNumber(cell, decimalComma);
    return number ? shortestNumber(*number) : cleanName(cell);
}

CsvSurvey::CsvSurvey(std::string name, bool decimalComma)
    : m_name(std::move(name))
    , m_decimalComma(decimalComma)
{
}

Result<void> CsvSurvey::take(const CsvRow& row)
{
    if (m_columns == 0) {
        m_columns = row.cells.size();
        if (m_columns < 2)
            return Error{csvPlace(m_name, row.line), MessageId::oneCell, MessageId::putDelimiters};
        m_first.emplace(row.cells.begin(), row.cells.end());
        m_firstLine = row.line;
        return {};
    }
    if (row.cells.size() != m_columns)
        return Error{csvPlace(m_name, row.line),
                     {MessageId::cellsDiffer, std::to_string(row.cells.size()), std::to_string(m_firstLine),
                      std::to_string(m_columns)},
                     MessageId::sameNumberOfCells};
    if (m_first) {
        m_header = isHeader(&row.cells);
        if (const auto taken = takeFirst(); !taken)
            return taken;
    }
    return takeData(row);
}

// A header has words where a row of data has numbers: between the first and the last column everywhere, or
// (where its names are numbers there too) at the label.
bool CsvSurvey::isHeader(const std::vector<std::string_view>* next) const
{
    const auto isNumber = [this](std::string_view cell) {
        return csvNumber(cell, m_decimalComma).has_value();
    };
    std::size_t words = 0;
    for (std::size_t i = 1; i + 1 < m_columns; ++i)
        words += isNumber((*m_first)[i]) || meansNoNumber((*m_first)[i]) ? 0 : 1;
    const std::size_t inner = m_columns - 2;
    if (inner > 0 && words == inner)
        return true;
    if (words > 0) // a bad cell or two
        return false;
    for (const std::size_t edge : {std::size_t{0}, m_columns - 1}) {
        const std::string& cell = (*m_first)[edge];
        if (isNumber(cell) || trimmed(cell).empty())
            continue;
        if (isLabelName(cell) || (next != nullptr && isNumber((*next)[edge])))
            return true;
    }
    return false;
}

Result<void> CsvSurvey::takeFirst()
{
    const std::vector<std::string> first = std::move(*m_first);
    m_first.reset();
    if (m_header) {
        for (const std::string& each : first)
            m_names.push_back(cleanName(each));
        return {};
    }
    CsvRow row;
    row.line = m_firstLine;
    row.cells.assign(first.begin(), first.end());
    return takeData(row);
}

void CsvSurvey::takeEdge(Edge& edge, std::string_view cell, std::uint64_t line, std::size_t column)
{
    const auto number = csvNumber(cell, m_decimalComma);
    if (number) {
        const bool first = m_rows == 1;
        edge.least = first ? *number : std::min(edge.least, *number);
        edge.largest = first ? *number : std::max(edge.largest, *number);
        edge.allWhole = edge.allWhole && *number == std::floor(*number);
        edge.allBytes = edge.allBytes && isByte(*number);
    } else {
        const Message place = csvPlace(m_name, line, column);
        if (!edge.anyWords)
            edge.notANumber = badCell(place, cell);
        edge.anyWords = true;
        if (trimmed(cell).empty() && !edge.empty)
            edge.empty = Error{place, MessageId::cellEmpty, MessageId::writeLabelThere};
    }
    if (edge.tooMany)
        return;
    ++edge.values[number ? shortestNumber(*number) : cleanName(cell)];
    edge.tooMany = edge.values.size() > static_cast<std::size_t>(maximumClasses);
}

Result<void> CsvSurvey::takeData(const CsvRow& row)
{
    ++m_rows;
    takeEdge(m_edges[0], row.cells.front(), row.line, 1);
    takeEdge(m_edges[1], row.cells.back(), row.line, m_columns);
    for (std::size_t i = 1; i + 1 < m_columns; ++i) {
        const auto number = csvNumber(row.cells[i], m_decimalComma);
        if (!number)
            return badCell(csvPlace(m_name, row.line, i + 1), row.cells[i]);
        m_innerBytes = m_innerBytes && isByte(*number);
        m_innerLargest = std::max(m_innerLargest, *number);
    }
    return {};
}

bool CsvSurvey::canBeLabel(const Edge& edge) const
{
    return !edge.tooMany && edge.values.size() >= 2 && !edge.empty && (edge.anyWords || edge.allWhole);
}

bool CsvSurvey::isSquareOfBytes(bool labelLast) const
{
    const auto features = static_cast<double>(m_columns - 1);
    const double side = std::round(std::sqrt(features));
    const Edge& other = m_edges[labelLast ? 0 : 1];
    return side >= leastSide && side * side == features && m_innerBytes && !other.anyWords && other.allBytes;
}

Result<bool> CsvSurvey::labelIsLast() const
{
    const Edge& first = m_edges[0];
    const Edge& last = m_edges[1];
    if (first.empty || last.empty)
        return first.empty ? *first.empty : *last.empty;
    if (first.anyWords && last.anyWords) {
        Error error = first.notANumber;
        error.why = {MessageId::bothColumnsWords, error.why};
        error.mend = mendLabel;
        return error;
    }
    const bool firstCan = canBeLabel(first) && !last.anyWords;
    const bool lastCan = canBeLabel(last) && !first.anyWords;
    if (!firstCan && !lastCan) {
        const bool useLast = !first.anyWords;
        const Edge& edge = useLast ? last : first;
        const Message place{MessageId::fileColumn, m_name, std::to_string(useLast ? m_columns : 1)};
        if (edge.values.size() < 2)
            return Error{place,
                         {MessageId::sameInEveryRow, edge.values.empty()
                                                         ? Message(MessageId::noneOfThem)
                                                         : Message(inQuotes(edge.values.begin()->first))},
                         MessageId::giveTwoClasses};
        if (edge.tooMany)
            return Error{place, {MessageId::tooManyLabels, std::to_string(maximumClasses)}, mendLabel};
        return Error{place, MessageId::labelNotWholeNumbers, mendLabel};
    }
    if (firstCan != lastCan)
        return lastCan;
    // Both could be. A name decides, or else how classes are usually numbered.
    if (!m_names.empty() && isLabelName(m_names.front()) != isLabelName(m_names.back()))
        return isLabelName(m_names.back());
    const auto isNumbered = [](const Edge& edge) {
        return (edge.least == 0.0 || edge.least == 1.0) &&
               edge.largest - edge.least + 1.0 == static_cast<double>(edge.values.size());
    };
    if (isNumbered(first) != isNumbered(last))
        return isNumbered(last);
    const bool images = isSquareOfBytes(false) && isSquareOfBytes(true);
    // Two values are what a pixel has in black and white.
    if (images && (first.values.size() == 2) != (last.values.size() == 2))
        return first.values.size() == 2;
    if (first.values.size() != last.values.size())
        return last.values.size() < first.values.size();
    return !images; // tables of pixels mostly begin with it, others end
}

void CsvSurvey::nameClasses(CsvLayout& layout) const
{
    const Edge& edge = m_edges[layout.labelLast ? 1 : 0];
    const auto different = static_cast<double>(edge.values.size());
    // Numbers from 0 on stay what they are, so that a class that is missing from one table does not move the
    // others; more gaps than classes, and they are mere names. Digits have ten classes in any case.
    const bool digits = !edge.anyWords && layout.side == 28 && edge.least >= 0.0 && edge.largest <= 9.0;
    const bool numbered = !edge.anyWords && edge.least == 0.0 && edge.largest < maximumClasses &&
                          edge.largest + 1.0 <= 2.0 * different;
    if (digits || numbered) {
        const int count = digits ? 10 : static_cast<int>(edge.largest) + 1;
        for (int label = 0; label < count; ++label) {
            layout.classNames.push_back(std::to_string(label));
            layout.labels[layout.classNames.back()] = static_cast<std::uint8_t>(label);
        }
        return;
    }
    for (const auto& [value, count] : edge.values)
        layout.classNames.push_back(value);
    const auto asNumber = [](const std::string& value) { return csvNumber(value, false).value_or(0.0); };
    if (edge.anyWords)
        std::stable_sort(layout.classNames.begin(), layout.classNames.end(), naturalLess);
    else
        std::stable_sort(
            layout.classNames.begin(), layout.classNames.end(),
            [&](const std::string& a, const std::string& b) { return asNumber(a) < asNumber(b); });
    for (std::size_t i = 0; i < layout.classNames.size(); ++i)
        layout.labels[layout.classNames[i]] = static_cast<std::uint8_t>(i);
}

Result<CsvLayout> CsvSurvey::finish()
{
    if (m_first) { // the only row
        m_header = isHeader(nullptr);
        if (const auto taken = takeFirst(); !taken)
            return taken.error();
    }
    if (m_columns == 0)
        return Error{m_name, MessageId::noRows, MessageId::lineForEachSample};
    if (m_rows < 2)
        return Error{m_name, m_rows == 0 ? MessageId::headerOnly : MessageId::oneSample,
                     MessageId::lineForEachSample};
    const auto last = labelIsLast();
    if (!last)
        return last.error();
    CsvLayout layout;
    layout.header = m_header;
    layout.names = m_names;
    layout.columns = m_columns;
    layout.rows = m_rows;
    layout.labelLast = *last;
    layout.decimalComma = m_decimalComma;
    if (isSquareOfBytes(*last)) {
        layout.side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(m_columns - 1))));
        const double largest = std::max(m_innerLargest, m_edges[*last ? 0 : 1].largest);
        if (largest > 0.0 && largest < fullScale)
            layout.pixelScale = 255.0 / largest;
    }
    nameClasses(layout);
    return layout;
}

} // namespace chainrule
