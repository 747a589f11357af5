// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// One line of a table, its cells without quotes; they last as long as the call that they are handed to.
struct CsvRow {
    std::uint64_t line = 0; ///< on which it begins, from 1
    std::vector<std::string_view> cells;
};

inline constexpr std::size_t mostCsvColumns = 1'000'000;
inline constexpr std::size_t longestCsvCell = 4096; ///< bytes
inline constexpr std::size_t longestCsvRow = std::size_t{32} << 20;

/// Comma, semicolon or tab: what stands between the cells of a table's first line that has any. A decimal
/// comma is no reason to take a comma where semicolons or tabs are there.
[[nodiscard]] char csvDelimiter(std::string_view beginning);

/// "FILE, line 7, column 3", for error messages; columns are counted from 1, 0 leaves the column out.
[[nodiscard]] Message csvPlace(const std::string& name, std::uint64_t line, std::size_t column = 0);

/// Cuts a stream of bytes into rows (RFC 4180, and what spreadsheets write besides: lines that end in CR LF,
/// LF or CR, the last one perhaps in nothing; quotes around any cell, doubled inside; empty lines, which are
/// passed over). Holds one row and no more.
class CsvSplitter {
public:
    using Take = std::function<Result<void>(const CsvRow&)>;

    /// `take` is called for every row; its first error ends everything.
    CsvSplitter(std::string name, char delimiter, Take take);

    /// The next bytes, cut anywhere. Fails on bytes that are no text, on cells and rows beyond the limits
    /// above and on text behind a closing quote.
    Result<void> feed(std::string_view bytes);
    /// There are no more. Fails where a quote is still open.
    Result<void> end();

private:
    enum class State { CellStart, Plain, Quoted, QuoteInQuoted };

    Result<void> special(char c);
    Result<void> endCell();
    Result<void> endRow();
    [[nodiscard]] std::size_t cellBegin() const;
    [[nodiscard]] Error tooLong() const;
    [[nodiscard]] Error fault(MessageId why, MessageId mend) const;

    std::string m_name;
    char m_delimiter;
    Take m_take;
    State m_state = State::CellStart;
    std::string m_text;              ///< the row's cells, one after the other
    std::vector<std::size_t> m_ends; ///< of each cell in it
    bool m_anyQuotes = false;        ///< in this row
    bool m_afterReturn = false;      ///< the last byte was a CR
    std::uint64_t m_line = 1;
    std::uint64_t m_rowLine = 1;
    CsvRow m_row;
};

} // namespace chainrule
