// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/readers/csvrows.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// The number in a cell, blanks around it left out; nothing where there is none, or none that is finite.
/// `decimalComma`: a comma may stand for the point.
[[nodiscard]] std::optional<double> csvNumber(std::string_view cell, bool decimalComma);

/// What a cell means as a label: a number in its shortest form, so that "1", "01" and "1.0" are one class,
/// else its words.
[[nodiscard]] std::string csvLabel(std::string_view cell, bool decimalComma);

/// How a table is to be read.
struct CsvLayout {
    bool header = false;
    std::vector<std::string> names; ///< of all columns; empty where there is no header
    std::size_t columns = 0;        ///< with the label's
    std::uint64_t rows = 0;         ///< without the header
    bool labelLast = false;         ///< else it is the first
    bool decimalComma = false;
    std::vector<std::string> classNames;
    std::map<std::string, std::uint8_t, std::less<>> labels; ///< what csvLabel() gives, and its class
    int side = 0;            ///< of the square images that the features are; 0: they are none
    double pixelScale = 1.0; ///< by which their values are to be multiplied

    [[nodiscard]] std::size_t labelColumn() const { return labelLast ? columns - 1 : 0; }
    [[nodiscard]] std::size_t features() const { return columns - 1; }
};

/// Looks at a table row by row, keeping none, and tells what it is.
class CsvSurvey {
public:
    CsvSurvey(std::string name, bool decimalComma);

    /// Fails on rows of unlike length and on cells between the first and the last column that are no numbers.
    Result<void> take(const CsvRow& row);
    /// After the last row. Fails where neither the first nor the last column can be the label: it has 2 to
    /// 256 different values, and all other columns hold numbers only.
    Result<CsvLayout> finish();

private:
    struct Edge { // the first or the last column
        bool anyWords = false;
        Error notANumber;     ///< where the first words are
        bool allWhole = true; ///< among the numbers
        bool allBytes = true; ///< whole, from 0 to 255
        bool tooMany = false; ///< different values
        double least = 0.0;   ///< among the numbers
        double largest = 0.0; ///< likewise
        std::map<std::string, std::uint64_t, std::less<>> values;
        std::optional<Error> empty; ///< where a cell is
    };

    Result<void> takeFirst();
    Result<void> takeData(const CsvRow& row);
    void takeEdge(Edge& edge, std::string_view cell, std::uint64_t line, std::size_t column);
    [[nodiscard]] bool isHeader(const std::vector<std::string_view>* next) const;
    [[nodiscard]] Result<bool> labelIsLast() const;
    [[nodiscard]] bool canBeLabel(const Edge& edge) const;
    [[nodiscard]] bool isSquareOfBytes(bool labelLast) const;
    void nameClasses(CsvLayout& layout) const;

    std::string m_name;
    bool m_decimalComma;
    std::size_t m_columns = 0;
    std::uint64_t m_rows = 0;
    std::optional<std::vector<std::string>> m_first; ///< the first row, until the second shows what it is
    std::uint64_t m_firstLine = 0;
    std::vector<std::string> m_names;
    bool m_header = false;
    std::array<Edge, 2> m_edges;
    bool m_innerBytes = true;
    double m_innerLargest = 0.0;
};

} // namespace chainrule
