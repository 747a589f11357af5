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
std::vector<FeatureColumn> describedColumns(const std::vector<double>& measured, std::size_t count)
{
    std::vector<FeatureColumn> columns(count);
    for (std::size_t i = 0; i < count; ++i) {
        columns[i].name = "column " + std::to_string(i + 1);
        for (std::size_t at = i; at < measured.size(); at += count) {
            const double value = measured[at];
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

std::vector<InputScale> scaleFrom(const Dataset& data, std::span<const std::uint32_t> samples)
{
    if (data.measured.empty() || samples.empty())
        return {};
    const auto count = static_cast<std::size_t>(inputCount(data));
    std::vector<InputScale> scale(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = [&](std::uint32_t sample) { return data.measured[sample * count + i]; };
        const auto rows = static_cast<double>(samples.size());
        double least = value(samples.front());
        double largest = least;
        double sum = 0.0;
        for (const std::uint32_t sample : samples) {
            sum += value(sample);
            least = std::min(least, value(sample));
            largest = std::max(largest, value(sample));
        }
        scale[i].mean = std::clamp(sum / rows, least, largest); // the sum's rounding may lead out of them
        // A second pass: numbers of like size far from 0 would lose their difference in sums of squares.
        double squares = 0.0;
        for (const std::uint32_t sample : samples) {
            const double off = value(sample) - scale[i].mean;
            squares += off * off;
        }
        scale[i].deviation = least == largest ? 0.0 : std::sqrt(squares / rows);
    }
    return scale;
}

Result<void> applyScale(Dataset& data, std::span<const InputScale> scale)
{
    const std::size_t count = scale.size();
    data.features.resize(data.measured.size());
    for (std::size_t i = 0; i < count; ++i) {
        FeatureColumn& column = data.columns[i];
        column.mean = scale[i].mean;
        column.deviation = scale[i].deviation;
        for (std::size_t at = i; at < data.features.size(); at += count) {
            const double value = data.measured[at];
            const double input = scaled(value, scale[i]);
            if (!(std::abs(input) <= static_cast<double>(std::numeric_limits<float>::max()))) {
                return Error{{MessageId::optionPart, data.name, inQuotes(column.name)},
                             {MessageId::tooFarFromScale, shortestNumber(value), shortestNumber(column.mean),
                              shortestNumber(column.deviation)},
                             MessageId::useModelsColumns};
            }
            data.features[at] = static_cast<float>(input);
        }
    }
    return {};
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
        return Error{data->name, MessageId::imagesNotColumns, MessageId::useModelsColumns};
    }
    auto other = std::make_shared<Dataset>(*data);
    if (other->measured.empty()) // the numbers of toy sets are their own
        other->measured.assign(other->features.begin(), other->features.end());
    if (other->columns.empty())
        other->columns = describedColumns(other->measured, count);
    if (const auto applied = applyScale(*other, scale); !applied)
        return applied.error();
    return std::shared_ptr<const Dataset>(std::move(other));
}

} // namespace chainrule
