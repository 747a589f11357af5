// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/tables/datapreview.h"

#include <QAbstractTableModel>
#include <QLocale>

namespace chainrule {

/// A row for each class: name, count, mean picture, samples.
class DataClassModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, CountColumn, MeanColumn, SamplesColumn, ColumnCount };
    enum Role {
        ShareRole = Qt::UserRole, ///< double: the count beside the largest class's; invalid for all together
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setContent(const std::vector<DataClass>& classes, const QString& meanTitle);
    [[nodiscard]] const std::vector<DataClass>& classes() const { return m_classes; }
    void setLocale(const QLocale& locale);
    [[nodiscard]] QString countText(qint64 count) const { return m_locale.toString(count); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

private:
    std::vector<DataClass> m_classes;
    QString m_meanTitle;
    qint64 m_largest = 1;
    QLocale m_locale;
};

/// A row for each feature: name, smallest, mean, largest, deviation.
class DataFeatureModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, LeastColumn, MeanColumn, LargestColumn, DeviationColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setFeatures(const std::vector<DataFeature>& features);
    void setLocale(const QLocale& locale);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

private:
    std::vector<DataFeature> m_features;
    QLocale m_locale;
};

} // namespace chainrule
