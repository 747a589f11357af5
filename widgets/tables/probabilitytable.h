// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QTableView>

#include <optional>
#include <span>

namespace chainrule {

class ProbabilityModel;

/// The probability of every class as a bar and a number; the most probable one stands out. A row can be
/// chosen.
class ProbabilityTable : public QTableView {
    Q_OBJECT

public:
    static constexpr int mostVisibleRows = 10; ///< more scroll

    explicit ProbabilityTable(QWidget* parent = nullptr);

    /// The rows. Keeps the chosen row where it still exists; nothing is known about new classes.
    void setClasses(const QStringList& names);
    /// 0 to 1, one for each class; empty: nothing known yet.
    void setProbabilities(std::span<const double> probabilities);
    /// No value: none.
    [[nodiscard]] std::optional<int> chosenClass() const;
    /// Emits nothing.
    void setChosenClass(std::optional<int> index);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// By click, arrow keys, Space or Enter.
    void classChosen(int index);

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    [[nodiscard]] QItemSelectionModel::SelectionFlags
    selectionCommand(const QModelIndex& index, const QEvent* event = nullptr) const override;

private:
    [[nodiscard]] int heightOfRow() const;
    [[nodiscard]] int nameWidth() const;
    [[nodiscard]] int percentWidth() const;
    [[nodiscard]] int leastBarWidth() const;
    void measure();
    void shareWidth();

    ProbabilityModel* m_model = nullptr;
    int m_nameWidth = 0;      ///< that all names would need
    bool m_following = false; ///< the program is choosing
};

} // namespace chainrule
