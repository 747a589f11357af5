// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/datapreviewmodels.h"

#include "widgets/fields/numbertext.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

// Four digits that count, as few places as that takes.
QString shortNumber(double value, const QLocale& locale)
{
    const double size = std::abs(value);
    const int places = size >= 1000.0 || size == std::round(size) ? 0
                       : size >= 100.0                            ? 1
                       : size >= 10.0                             ? 2
                                                                  : 3;
    return numberText(value, places, locale);
}

QVariant alignment(bool right)
{
    return QVariant::fromValue((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

} // namespace

void DataClassModel::setContent(const std::vector<DataClass>& classes, const QString& meanTitle)
{
    beginResetModel();
    m_classes = classes;
    m_meanTitle = meanTitle;
    m_largest = 1;
    for (const DataClass& each : m_classes) {
        if (!each.isAll)
            m_largest = std::max(m_largest, each.count);
    }
    endResetModel();
}

void DataClassModel::setLocale(const QLocale& locale)
{
    m_locale = locale;
    if (!m_classes.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int DataClassModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_classes.size());
}

int DataClassModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DataClassModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const DataClass& each = m_classes[static_cast<std::size_t>(index.row())];
    const QString samples = tr("%Ln sample(s)", nullptr, static_cast<int>(each.count));
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == NameColumn)
            return each.name;
        return index.column() == CountColumn ? QVariant(countText(each.count)) : QVariant();
    case Qt::ToolTipRole: // a long name may be cut off where it stands
        return tr("%1: %2", "class, so many samples").arg(each.name, samples);
    case Qt::AccessibleTextRole:
        switch (index.column()) {
        case NameColumn:
            return each.name;
        case CountColumn:
            return samples;
        case MeanColumn:
            return m_meanTitle;
        default:
            return tr("%Ln example(s)", nullptr, static_cast<int>(each.samples.size()));
        }
    case Qt::TextAlignmentRole:
        return alignment(false);
    case ShareRole:
        return each.isAll ? QVariant()
                          : QVariant(static_cast<double>(each.count) / static_cast<double>(m_largest));
    default:
        return {};
    }
}

QVariant DataClassModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return alignment(false);
    if (orientation != Qt::Horizontal || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole))
        return {};
    switch (section) {
    case NameColumn:
        return tr("Class");
    case CountColumn:
        return tr("Samples");
    case MeanColumn:
        return m_meanTitle;
    default:
        return tr("Examples");
    }
}

void DataFeatureModel::setFeatures(const std::vector<DataFeature>& features)
{
    beginResetModel();
    m_features = features;
    endResetModel();
}

void DataFeatureModel::setLocale(const QLocale& locale)
{
    m_locale = locale;
    if (!m_features.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int DataFeatureModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_features.size());
}

int DataFeatureModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DataFeatureModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const DataFeature& each = m_features[static_cast<std::size_t>(index.row())];
    if (role == Qt::TextAlignmentRole)
        return alignment(index.column() != NameColumn);
    if (role == Qt::ToolTipRole)
        return each.name;
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case NameColumn:
        return each.name;
    case LeastColumn:
        return shortNumber(each.least, m_locale);
    case MeanColumn:
        return shortNumber(each.mean, m_locale);
    case LargestColumn:
        return shortNumber(each.largest, m_locale);
    default:
        return shortNumber(each.deviation, m_locale);
    }
}

QVariant DataFeatureModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return alignment(section != NameColumn);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Feature");
    case LeastColumn:
        return tr("Smallest");
    case MeanColumn:
        return tr("Mean");
    case LargestColumn:
        return tr("Largest");
    default:
        return tr("Deviation");
    }
}

} // namespace chainrule
