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

Message csvPlace(const std::string& name, std::uint64_t line, std::size_t column)
{
    if (column == 0)
        return {MessageId::fileLine, name, std::to_string(line)};
    return {MessageId::fileCell, name, std::to_string(line), std::to_string(column)};
}

CsvSplitter::CsvSplitter(std::string name, char delimiter, Take take)
    : m_name(std::move(name))
    , m_delimiter(delimiter)
    , m_take(std::move(take))
{
}

Error CsvSplitter::fault(MessageId why, MessageId mend) const
{
    return {csvPlace(m_name, m_line, m_ends.size() + 1), why, mend};
}

std::size_t CsvSplitter::cellBegin() const
{
    return m_ends.empty() ? 0 : m_ends.back();
}

Error CsvSplitter::tooLong() const
{
    return fault(MessageId::cellTooLong, MessageId::checkQuotes);
}

Result<void> CsvSplitter::endCell()
{
    if (m_text.size() - cellBegin() > longestCsvCell)
        return tooLong();
    if (m_ends.size() == mostCsvColumns)
        return Error{csvPlace(m_name, m_line), MessageId::tooManyCells, MessageId::useFewerColumns};
    if (m_text.size() > longestCsvRow)
        return Error{csvPlace(m_name, m_line), MessageId::rowTooLong, MessageId::useFewerColumns};
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
        return fault(MessageId::byteNoText, MessageId::useTextFile);
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
        return fault(MessageId::textAfterQuote, MessageId::writeQuotesTwice);
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
        return fault(MessageId::quoteNotClosed, MessageId::closeQuote);
    if (m_state == State::CellStart && m_ends.empty() && m_text.empty())
        return {};
    return endRow();
}

} // namespace chainrule
