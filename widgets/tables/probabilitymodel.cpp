// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/probabilitymodel.h"

#include "widgets/fields/numbertext.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Two shares that look alike; NaN is like NaN.
bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

} // namespace

ProbabilityModel::ProbabilityModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void ProbabilityModel::setClasses(const QStringList& names)
{
    if (names == m_names)
        return;
    beginResetModel();
    m_names = names;
    m_shares.assign(static_cast<std::size_t>(names.size()), unknown);
    m_mostProbable = -1;
    endResetModel();
}

void ProbabilityModel::setProbabilities(std::span<const double> probabilities)
{
    bool changed = false;
    int most = -1;
    for (std::size_t i = 0; i < m_shares.size(); ++i) {
        const double given = i < probabilities.size() ? probabilities[i] : unknown;
        const double share = std::isfinite(given) ? given : unknown;
        changed = changed || !same(share, m_shares[i]);
        m_shares[i] = share;
        if (share > 0.0 && (most < 0 || share > m_shares[static_cast<std::size_t>(most)]))
            most = static_cast<int>(i);
    }
    m_mostProbable = most;
    if (changed)
        announce();
}

void ProbabilityModel::setLocale(const QLocale& locale)
{
    if (locale == m_locale)
        return;
    m_locale = locale;
    announce();
}

void ProbabilityModel::announce()
{
    if (!m_names.isEmpty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

QString ProbabilityModel::percentText(double share) const
{
    if (!std::isfinite(share))
        return QStringLiteral("–");
    return tr("%1 %").arg(numberText(share * 100.0, 1, m_locale));
}

int ProbabilityModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_names.size());
}

int ProbabilityModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ProbabilityModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const double share = m_shares[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == ClassColumn)
            return m_names[index.row()];
        return index.column() == PercentColumn ? percentText(share) : QVariant();
    case Qt::ToolTipRole: // a long name may be cut off where it stands
    case Qt::AccessibleTextRole:
        return std::isfinite(share)
                   ? tr("%1: %2", "class, percentage").arg(m_names[index.row()], percentText(share))
                   : tr("%1: not known yet", "class").arg(m_names[index.row()]);
    case Qt::TextAlignmentRole:
        return index.column() == PercentColumn ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter)
                                               : QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
    case ShareRole:
        return std::isfinite(share) ? QVariant(std::clamp(share, 0.0, 1.0)) : QVariant();
    case MostProbableRole:
        return index.row() == m_mostProbable;
    default:
        return {};
    }
}

QVariant ProbabilityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    if (orientation == Qt::Vertical)
        return section >= 0 && section < m_names.size() ? QVariant(m_names[section]) : QVariant();
    switch (section) {
    case ClassColumn:
        return tr("Class");
    case BarColumn:
        return tr("Bar");
    case PercentColumn:
        return tr("Probability");
    default:
        return {};
    }
}

} // namespace chainrule
