// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QLocale>
#include <QStringList>

#include <span>
#include <vector>

namespace chainrule {

/// A row for each class: its name, its probability as a bar, and as a percentage.
class ProbabilityModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { ClassColumn, BarColumn, PercentColumn, ColumnCount };
    enum Role {
        ShareRole = Qt::UserRole, ///< double, 0 to 1; invalid where it is not known
        MostProbableRole,         ///< bool
    };

    explicit ProbabilityModel(QObject* parent = nullptr);

    /// Nothing is known about new classes.
    void setClasses(const QStringList& names);
    [[nodiscard]] const QStringList& classes() const { return m_names; }
    /// Emits dataChanged at most once. What is missing is not known.
    void setProbabilities(std::span<const double> probabilities);
    void setLocale(const QLocale& locale);
    /// -1: none.
    [[nodiscard]] int mostProbable() const { return m_mostProbable; }

    /// The percentage as it is shown, for any share.
    [[nodiscard]] QString percentText(double share) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

private:
    void announce();

    QStringList m_names;
    std::vector<double> m_shares; ///< one for each class; NaN: not known
    int m_mostProbable = -1;
    QLocale m_locale;
};

} // namespace chainrule
