// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/scale.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace chainrule {

namespace {

// Of data whose numbers had no scale so far: their columns, as a table's are described.
std::vector<FeatureColumn> describedColumns(const std::vector<float>& measured, std::size_t count)
{
    std::vector<FeatureColumn> columns(count);
    for (std::size_t i = 0; i < count; ++i) {
        columns[i].name = "column " + std::to_string(i + 1);
        for (std::size_t at = i; at < measured.size(); at += count) {
            const auto value = static_cast<double>(measured[at]);
            columns[i].least = at == i ? value : std::min(columns[i].least, value);
            columns[i].largest = at == i ? value : std::max(columns[i].largest, value);
        }
    }
    return columns;
}

} // namespace

double scaled(double value, const InputScale& scale)
{
    return scale.deviation > 0.0 ? (value - scale.mean) / scale.deviation : 0.0;
}

std::vector<InputScale> scaleOf(const Dataset& data)
{
    std::vector<InputScale> scale;
    scale.reserve(data.columns.size());
    for (const FeatureColumn& column : data.columns)
        scale.push_back({column.mean, column.deviation});
    return scale;
}

Result<std::shared_ptr<const Dataset>> withScale(std::shared_ptr<const Dataset> data,
                                                 std::span<const InputScale> scale)
{
    const auto count = static_cast<std::size_t>(inputCount(*data));
    if (scale.empty() || scale.size() != count || std::ranges::equal(scale, scaleOf(*data)))
        return data;
    if (isImageSet(*data)) {
        return Error{data->name,
                     "its samples are images, and the model reads the columns of a table, each by a scale of "
                     "its own",
                     "Use a table with the columns that the model was trained on"};
    }
    auto other = std::make_shared<Dataset>(*data);
    if (other->measured.empty()) // the numbers of toy sets are their own
        other->measured = other->features;
    if (other->columns.empty())
        other->columns = describedColumns(other->measured, count);
    for (std::size_t i = 0; i < count; ++i) {
        FeatureColumn& column = other->columns[i];
        column.mean = scale[i].mean;
        column.deviation = scale[i].deviation;
        for (std::size_t at = i; at < other->features.size(); at += count) {
            const auto value = static_cast<double>(other->measured[at]);
            const double input = scaled(value, scale[i]);
            if (!(std::abs(input) <= static_cast<double>(std::numeric_limits<float>::max()))) {
                return Error{data->name + ", " + inQuotes(column.name),
                             shortestNumber(value) + " is too far from the " + shortestNumber(column.mean) +
                                 " that the model knows there, where the deviation was " +
                                 shortestNumber(column.deviation),
                             "Use a table with the columns that the model was trained on"};
            }
            other->features[at] = static_cast<float>(input);
        }
    }
    return std::shared_ptr<const Dataset>(std::move(other));
}

} // namespace chainrule
