// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layerstackmodel.h"

#include "widgets/layers/layerstackedits.h"

#include <QCoreApplication>
#include <QLocale>
#include <QMimeData>

#include <algorithm>
#include <limits>

namespace chainrule {

namespace {

constexpr auto rowMimeType = "application/x-chainrule-layer-row";

/// For plurals: tr() takes an int, and no language tells apart numbers as large as that.
int pluralCount(std::int64_t count)
{
    return static_cast<int>(std::min<std::int64_t>(count, std::numeric_limits<int>::max()));
}

QString number(std::int64_t value)
{
    return QLocale().toString(qlonglong{value});
}

} // namespace

QString activationText(Activation activation)
{
    return QCoreApplication::translate("Activation", activationRow(activation).title.data());
}

QString activationWord(Activation activation)
{
    QString text = activationText(activation);
    if (const QString rest = text.mid(1); rest == rest.toLower())
        text = text.left(1).toLower() + text.mid(1);
    return text;
}

QString activationSummary(Activation activation)
{
    const ActivationRow& row = activationRow(activation);
    return QCoreApplication::translate("Activation", row.summary.data()) + QLatin1Char('\n') +
           QString::fromLatin1(row.formula.data());
}

QString optimizerText(OptimizerKind optimizer)
{
    return QCoreApplication::translate("Optimizer", optimizerRow(optimizer).title.data());
}

QString optimizerSummary(OptimizerKind optimizer)
{
    return QCoreApplication::translate("Optimizer", optimizerRow(optimizer).summary.data());
}

QString lossText(Loss loss)
{
    return QCoreApplication::translate("Loss", lossRow(loss).title.data());
}

LayerStackModel::LayerStackModel(QObject* parent)
    : QAbstractListModel(parent)
{
}

void LayerStackModel::setStack(const LayerStack& stack, int imageWidth, int imageHeight)
{
    m_imageWidth = imageWidth;
    m_imageHeight = imageHeight;
    if (stack != m_stack)
        replaceLayers(stack);
    // A row's text also depends on the rows before it and on which row is the last.
    emit dataChanged(index(0), index(rowCount() - 1));
}

void LayerStackModel::replaceLayers(const LayerStack& stack)
{
    const auto& before = m_stack.layers;
    const auto& after = stack.layers;
    const auto differ = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    const auto same = differ.first - before.begin();
    const auto tail =
        std::mismatch(before.rbegin(), before.rend() - same, after.rbegin(), after.rend() - same);
    const int first = static_cast<int>(same) + 1; // row of the first layer that differs
    const int oldCount = static_cast<int>(before.rend() - same - tail.first);
    const int newCount = static_cast<int>(after.rend() - same - tail.second);

    if (oldCount == 0 && newCount > 0) {
        beginInsertRows({}, first, first + newCount - 1);
        m_stack = stack;
        endInsertRows();
    } else if (newCount == 0 && oldCount > 0) {
        beginRemoveRows({}, first, first + oldCount - 1);
        m_stack = stack;
        endRemoveRows();
    } else if (oldCount != newCount) {
        beginResetModel();
        m_stack = stack;
        endResetModel();
    } else {
        const int last = first + oldCount - 1;
        // One layer that went down or up turns the differing range by one place.
        const auto turned = [&](int from, int to) {
            const Result<LayerStack> moved = withLayerMoved(m_stack, from, to);
            return moved && moved->layers == after;
        };
        if (oldCount > 1 && turned(first, last)) {
            beginMoveRows({}, first, first, {}, last + 1);
            m_stack = stack;
            endMoveRows();
        } else if (oldCount > 1 && turned(last, first)) {
            beginMoveRows({}, last, last, {}, first);
            m_stack = stack;
            endMoveRows();
        } else {
            m_stack = stack;
        }
    }
}

int LayerStackModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : chainrule::rowCount(m_stack);
}

QVariant LayerStackModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = index.row();
    switch (role) {
    case Qt::DisplayRole:
        return nameText(row);
    case Qt::AccessibleTextRole:
        return spokenText(row);
    case Qt::AccessibleDescriptionRole:
    case ShapeRole:
        return shapeText(row);
    case Qt::ToolTipRole:
        if (isHiddenRow(m_stack, row))
            return QString(shapeText(row) + QLatin1Char('\n') +
                           tr("Drag to move, or press Alt+Up or Alt+Down"));
        return shapeText(row);
    case ChipRole:
        return chipText(row);
    case CountRole:
        return countText(row);
    case MovableRole:
        return isHiddenRow(m_stack, row);
    default:
        return {};
    }
}

bool LayerStackModel::isPicture() const
{
    return m_imageWidth > 1 && m_imageHeight > 1 &&
           std::int64_t{m_imageWidth} * m_imageHeight == std::int64_t{m_stack.input.size()};
}

QString LayerStackModel::nameText(int row) const
{
    if (row == 0)
        return tr("Input");
    const DenseLayer* const dense = denseInRow(m_stack, row);
    if (!dense)
        return tr("Dropout %1 %").arg(dropoutPercent(row));
    return isHiddenRow(m_stack, row) ? tr("Dense %1").arg(number(dense->units))
                                     : tr("Output %1").arg(number(dense->units));
}

QString LayerStackModel::dropoutPercent(int row) const
{
    const auto& dropout = std::get<DropoutLayer>(m_stack.layers[static_cast<std::size_t>(row - 1)]);
    return QLocale().toString(100.0 * dropout.rate, 'g', 6);
}

QString LayerStackModel::chipText(int row) const
{
    if (row > 0) {
        const DenseLayer* const dense = denseInRow(m_stack, row);
        return dense ? activationText(dense->activation) : tr("none", "activation of a dropout layer");
    }
    if (isPicture())
        return tr("%1 × %2", "width and height of a picture")
            .arg(number(m_imageWidth), number(m_imageHeight));
    return tr("%Ln features", nullptr, m_stack.input.size());
}

QString LayerStackModel::countText(int row) const
{
    return number(row == 0 ? std::int64_t{m_stack.input.size()} : parameterCountOfRow(m_stack, row));
}

QString LayerStackModel::shapeText(int row) const
{
    if (row == 0)
        return isPicture()
                   ? tr("%1 × %2 pixels of each sample, nothing to learn")
                         .arg(number(m_imageWidth), number(m_imageHeight))
                   : tr("%Ln features of each sample, nothing to learn", nullptr, m_stack.input.size());
    if (!denseInRow(m_stack, row))
        return tr("Leaves out %1 % of its inputs in each step of the training, nothing to learn")
            .arg(dropoutPercent(row));
    const auto [inputs, units] = widthOfRow(m_stack, row);
    return tr("%1 × %2 weights + %Ln biases", nullptr, units).arg(number(units), number(inputs));
}

QString LayerStackModel::spokenText(int row) const
{
    if (row == 0)
        return tr("%1, %2, %Ln values", nullptr, m_stack.input.size()).arg(nameText(0), chipText(0));
    if (!denseInRow(m_stack, row))
        return nameText(row) + QStringLiteral(". ") + shapeText(row);
    const auto [inputs, units] = widthOfRow(m_stack, row);
    return tr("%1, %2, %3 parameters, %4 to %5", nullptr, pluralCount(parameterCountOfRow(m_stack, row)))
        .arg(nameText(row), chipText(row), countText(row), number(inputs), number(units));
}

Qt::ItemFlags LayerStackModel::flags(const QModelIndex& index) const
{
    // Only the space between rows takes a drop, and that belongs to the root.
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    const Qt::ItemFlags common = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return isHiddenRow(m_stack, index.row()) ? common | Qt::ItemIsDragEnabled : common;
}

QStringList LayerStackModel::mimeTypes() const
{
    return {QString::fromLatin1(rowMimeType)};
}

QMimeData* LayerStackModel::mimeData(const QModelIndexList& indexes) const
{
    if (indexes.size() != 1 || !isHiddenRow(m_stack, indexes.first().row()))
        return nullptr;
    auto* data = new QMimeData;
    data->setData(QString::fromLatin1(rowMimeType), QByteArray::number(indexes.first().row()));
    return data;
}

int LayerStackModel::draggedRow(const QMimeData* data) const
{
    bool ok = false;
    const int row = data ? data->data(QString::fromLatin1(rowMimeType)).toInt(&ok) : 0;
    return ok && isHiddenRow(m_stack, row) ? row : -1;
}

bool LayerStackModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int,
                                      const QModelIndex& parent) const
{
    const bool betweenInputAndOutput = !parent.isValid() && row >= 1 && row <= rowCount() - 1;
    return action == Qt::MoveAction && betweenInputAndOutput && draggedRow(data) > 0;
}

bool LayerStackModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                   const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    const int from = draggedRow(data);
    const int to = row > from ? row - 1 : row; // `row` still counts the dragged layer
    if (from == to)
        return false;
    emit moveProposed(from, to);
    return true; // a view then asks to remove the dragged row, which this model never does
}

} // namespace chainrule
