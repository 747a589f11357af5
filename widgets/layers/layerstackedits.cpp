// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layerstackedits.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace chainrule {

namespace {

struct LayerStackEdits {
    Q_DECLARE_TR_FUNCTIONS(LayerStackEdits)
};

Error refusal(const QString& what, const QString& why, const QString& mend)
{
    return {what.toStdString(), why.toStdString(), mend.toStdString()};
}

Error notHidden(const QString& what)
{
    return refusal(what, LayerStackEdits::tr("the data decide the input and the output"),
                   LayerStackEdits::tr("Choose a layer between them"));
}

bool exceedsParameters(const LayerStack& before, const LayerStack& after)
{
    const std::int64_t parameters = parameterCount(after);
    return parameters > maximumParameters && parameters > parameterCount(before);
}

Error tooManyParameters(const QString& what, const LayerStack& after, const QString& mend)
{
    const QLocale locale;
    return refusal(what,
                   LayerStackEdits::tr("the network would have %1 parameters, and %2 is the limit")
                       .arg(locale.toString(qlonglong{parameterCount(after)}),
                            locale.toString(qlonglong{maximumParameters})),
                   mend);
}

DenseLayer& denseAt(LayerStack& stack, int row)
{
    return std::get<DenseLayer>(stack.layers[static_cast<std::size_t>(row - 1)]);
}

/// The most units with which the layer in `row` keeps the network within maximumParameters; below 1 where
/// no number does. The count is linear in the units: their weights and biases, and the next layer's weights.
std::int64_t mostUnits(LayerStack stack, int row)
{
    DenseLayer& layer = denseAt(stack, row);
    layer.units = 1;
    const std::int64_t one = parameterCount(stack);
    layer.units = 2;
    const std::int64_t perUnit = parameterCount(stack) - one;
    const std::int64_t room = maximumParameters - one;
    return room < 0 ? 0 : std::min<std::int64_t>(maximumUnits, 1 + room / perUnit);
}

} // namespace

int rowCount(const LayerStack& stack)
{
    return static_cast<int>(stack.layers.size()) + 1;
}

bool isHiddenRow(const LayerStack& stack, int row)
{
    return row > 0 && row < rowCount(stack) - 1;
}

const DenseLayer* denseInRow(const LayerStack& stack, int row)
{
    return row > 0 && row < rowCount(stack)
               ? std::get_if<DenseLayer>(&stack.layers[static_cast<std::size_t>(row - 1)])
               : nullptr;
}

bool isHiddenDenseRow(const LayerStack& stack, int row)
{
    return isHiddenRow(stack, row) && denseInRow(stack, row);
}

RowWidth widthOfRow(const LayerStack& stack, int row)
{
    Shape inputs = stack.input;
    Shape outputs = stack.input;
    for (int i = 1; i <= row; ++i) {
        inputs = outputs;
        outputs = outputShape(stack.layers[static_cast<std::size_t>(i - 1)], inputs);
    }
    return {inputs.size(), outputs.size()};
}

int insertionRow(const LayerStack& stack, int chosenRow)
{
    const int output = std::max(1, rowCount(stack) - 1);
    return std::clamp(chosenRow + 1, 1, output);
}

std::int64_t parameterCountOfRow(const LayerStack& stack, int row)
{
    if (row <= 0 || row >= rowCount(stack))
        return 0;
    return parameterCount(stack.layers[static_cast<std::size_t>(row - 1)], widthOfRow(stack, row).inputs);
}

Result<LayerStack> withLayerAdded(const LayerStack& stack, int chosenRow)
{
    const QString what = LayerStackEdits::tr("Layer not added");
    if (stack.layers.empty())
        return refusal(what, LayerStackEdits::tr("there is no output yet to put it before"),
                       LayerStackEdits::tr("Choose a data set first"));
    if (stack.layers.size() >= static_cast<std::size_t>(maximumLayers))
        return refusal(what,
                       LayerStackEdits::tr("the network has %1 layers, and that is the limit")
                           .arg(QLocale().toString(maximumLayers)),
                       LayerStackEdits::tr("Remove a layer first"));
    LayerStack edited = stack;
    edited.layers.insert(edited.layers.begin() + (insertionRow(stack, chosenRow) - 1), newHiddenLayer);
    if (exceedsParameters(stack, edited))
        return tooManyParameters(what, edited, LayerStackEdits::tr("Make its neighbours smaller first"));
    return edited;
}

Result<LayerStack> withLayerRemoved(const LayerStack& stack, int row)
{
    const QString what = LayerStackEdits::tr("Layer not removed");
    if (!isHiddenRow(stack, row))
        return notHidden(what);
    LayerStack edited = stack;
    edited.layers.erase(edited.layers.begin() + (row - 1));
    if (exceedsParameters(stack, edited))
        return tooManyParameters(what, edited, LayerStackEdits::tr("Make its neighbours smaller first"));
    return edited;
}

Result<LayerStack> withLayerMoved(const LayerStack& stack, int from, int to)
{
    const QString what = LayerStackEdits::tr("Layer not moved");
    if (!isHiddenRow(stack, from) || !isHiddenRow(stack, to))
        return notHidden(what);
    LayerStack edited = stack;
    const auto first = edited.layers.begin();
    if (from < to)
        std::rotate(first + (from - 1), first + from, first + to);
    else
        std::rotate(first + (to - 1), first + (from - 1), first + from);
    if (exceedsParameters(stack, edited))
        return tooManyParameters(what, edited, LayerStackEdits::tr("Make its new neighbours smaller first"));
    return edited;
}

Result<LayerStack> withUnits(const LayerStack& stack, int row, int units)
{
    const QString what = LayerStackEdits::tr("Units not changed");
    if (!isHiddenDenseRow(stack, row))
        return notHidden(what);
    const QLocale locale;
    if (units < 1 || units > maximumUnits)
        return refusal(what, LayerStackEdits::tr("%1 units are out of range").arg(locale.toString(units)),
                       LayerStackEdits::tr("Choose 1 to %1 units").arg(locale.toString(maximumUnits)));
    LayerStack edited = stack;
    denseAt(edited, row).units = units;
    if (exceedsParameters(stack, edited)) {
        const std::int64_t most = mostUnits(stack, row);
        return tooManyParameters(
            what, edited,
            most < 1 ? LayerStackEdits::tr("Make other layers smaller first")
                     : LayerStackEdits::tr("Choose at most %1 units").arg(locale.toString(qlonglong{most})));
    }
    return edited;
}

Result<LayerStack> withActivation(const LayerStack& stack, int row, Activation activation)
{
    if (!isHiddenDenseRow(stack, row))
        return notHidden(LayerStackEdits::tr("Activation not changed"));
    LayerStack edited = stack;
    denseAt(edited, row).activation = activation;
    return edited;
}

} // namespace chainrule
