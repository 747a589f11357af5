// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <vector>

class QScrollArea;
class QTimer;

namespace chainrule {

class VariableCard;

/// A card for each variable: its name, a spin box of that accessible name, and a slider over a range whose
/// ends can be edited. Three to six stand in a row, more wrap or scroll; the height changes only with the
/// number of rows.
class VariableCards : public QWidget {
    Q_OBJECT

public:
    struct Entry {
        QString name;
        double value = 0.0;
        double range = 10.0; ///< of a new card: from -range to range, or wider where the value is beyond
    };

    explicit VariableCards(QWidget* parent = nullptr);

    /// Cards whose name stays keep their range and focus: none of them where an empty set came between. Of
    /// very many, those that are not seen at first are made while nothing else happens.
    void setVariables(const std::vector<Entry>& variables);
    /// Numbers that the program changed (Descend), in the same order; a value outside its range widens that.
    void setValues(const std::vector<double>& values);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// While it is dragged or typed.
    void valueChanged(const QString& name, double value);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Place {
        Entry entry;
        VariableCard* card = nullptr; ///< null: not made yet
    };

    void makeCards(std::size_t most);
    void orderTabs();
    void placeCards();
    void measureCard();
    [[nodiscard]] int columns() const;
    [[nodiscard]] int rows() const;
    [[nodiscard]] int heightOf(int rows) const;

    std::vector<Place> m_places;
    QSize m_cardSize; ///< the least
    int m_shownRows = 0;
    bool m_reordered = false; ///< some cards are older than those before them
    QScrollArea* m_scroll = nullptr;
    QWidget* m_ground = nullptr;
    QTimer* m_maker = nullptr;
};

} // namespace chainrule
