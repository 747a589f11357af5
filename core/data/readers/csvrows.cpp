// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/readers/csvrows.h"

#include <algorithm>
#include <utility>

namespace chainrule {

char csvDelimiter(std::string_view beginning)
{
    bool quoted = false;
    bool any = false;
    bool comma = false;
    bool semicolon = false;
    for (const char c : beginning) {
        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == '\t' && any)
            return '\t';
        comma = comma || c == ',';
        semicolon = semicolon || c == ';';
        if ((c == '\n' || c == '\r') && any)
            break;
        any = any || (c != '\n' && c != '\r' && c != ' ');
    }
    return semicolon ? ';' : ',';
}

std::string csvPlace(const std::string& name, std::uint64_t line, std::size_t column)
{
    return name + ", line " + std::to_string(line) +
           (column == 0 ? std::string() : ", column " + std::to_string(column));
}

CsvSplitter::CsvSplitter(std::string name, char delimiter, Take take)
    : m_name(std::move(name))
    , m_delimiter(delimiter)
    , m_take(std::move(take))
{
}

Error CsvSplitter::fault(const char* why, const char* mend) const
{
    return {csvPlace(m_name, m_line, m_ends.size() + 1), why, mend};
}

std::size_t CsvSplitter::cellBegin() const
{
    return m_ends.empty() ? 0 : m_ends.back();
}

Error CsvSplitter::tooLong() const
{
    return fault("the cell is longer than 4096 bytes",
                 "Check that every quote that is opened is closed, and that this is a table");
}

Result<void> CsvSplitter::endCell()
{
    if (m_text.size() - cellBegin() > longestCsvCell)
        return tooLong();
    if (m_ends.size() == mostCsvColumns)
        return Error{csvPlace(m_name, m_line), "it has more than 1,000,000 cells", "Use fewer columns"};
    if (m_text.size() > longestCsvRow)
        return Error{csvPlace(m_name, m_line), "it is longer than 32 MB", "Use fewer columns"};
    m_ends.push_back(m_text.size());
    m_state = State::CellStart;
    return {};
}

Result<void> CsvSplitter::endRow()
{
    if (const auto ended = endCell(); !ended)
        return ended;
    const bool isEmpty = m_ends.size() == 1 && !m_anyQuotes &&
                         std::all_of(m_text.begin(), m_text.end(), [](char c) { return c == ' '; });
    Result<void> taken;
    if (!isEmpty) {
        m_row.line = m_rowLine;
        m_row.cells.resize(m_ends.size());
        const std::string_view text = m_text;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < m_ends.size(); ++i) {
            m_row.cells[i] = text.substr(begin, m_ends[i] - begin);
            begin = m_ends[i];
        }
        taken = m_take(m_row);
    }
    m_text.clear();
    m_ends.clear();
    m_anyQuotes = false;
    return taken;
}

// Takes one byte, whatever it is.
Result<void> CsvSplitter::special(char c)
{
    const bool afterReturn = std::exchange(m_afterReturn, c == '\r');
    if (afterReturn && c == '\n') // the line was counted, and ended, with its CR
        return {};
    const bool endsLine = c == '\n' || c == '\r';
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && !endsLine)
        return fault("there is a byte that is no text", "Use a text file with commas between the cells");
    if (m_state == State::Quoted) {
        if (c == '"')
            m_state = State::QuoteInQuoted;
        else
            m_text += endsLine ? ' ' : c;
        m_line += endsLine ? 1 : 0;
        return {};
    }
    if (m_state == State::QuoteInQuoted && c == '"') {
        m_text += c;
        m_state = State::Quoted;
        return {};
    }
    if (c == m_delimiter)
        return endCell();
    if (endsLine) {
        const auto ended = endRow();
        ++m_line;
        m_rowLine = m_line;
        return ended;
    }
    if (m_state == State::QuoteInQuoted) {
        if (c == ' ' || c == '\t')
            return {};
        return fault("text follows the quote that ends the cell",
                     "Write quotes within a cell twice, or leave them out");
    }
    if (m_state == State::CellStart && c == '"') {
        m_state = State::Quoted;
        m_anyQuotes = true;
        return {};
    }
    if (m_state == State::CellStart && (c == ' ' || c == '\t'))
        return {};
    m_state = State::Plain;
    m_text += c;
    return {};
}

Result<void> CsvSplitter::feed(std::string_view bytes)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        // Most bytes are in the middle of plain cells.
        if (m_state == State::Plain) {
            std::size_t end = i;
            while (end < bytes.size() && bytes[end] != m_delimiter &&
                   static_cast<unsigned char>(bytes[end]) >= 0x20)
                ++end;
            m_text.append(bytes, i, end - i);
            i = end;
        }
        if (i < bytes.size()) {
            if (const auto taken = special(bytes[i]); !taken)
                return taken;
        }
        if (m_text.size() - cellBegin() > longestCsvCell)
            return tooLong();
    }
    return {};
}

Result<void> CsvSplitter::end()
{
    if (m_state == State::Quoted)
        return fault("a quote was opened in this row and is not closed", "Close it, or leave it out");
    if (m_state == State::CellStart && m_ends.empty() && m_text.empty())
        return {};
    return endRow();
}

} // namespace chainrule
