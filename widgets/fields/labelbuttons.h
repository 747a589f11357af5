// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

#include <vector>

class QComboBox;
class QGridLayout;
class QPushButton;

namespace chainrule {

/// Buttons that say which class a drawing is: one for each class in rows of at most five, or a list with a
/// button where there are more than ten classes or there is no room for their names. One tab stop leads into
/// the buttons, arrow keys move inside.
class LabelButtons : public QWidget {
    Q_OBJECT

public:
    explicit LabelButtons(QWidget* parent = nullptr);

    void setClasses(const QStringList& names);

signals:
    void labelChosen(int index);
    /// There are other buttons now than before: new ones come last in the order of tabs.
    void rebuilt();

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] int buttonWidth() const;
    [[nodiscard]] int fittingColumns() const;
    void build();
    void clear();
    void makeButtons();
    void makeList();
    void placeList();
    void refit();
    void fitWidths();
    bool moveFocus(int from, int key);
    void updateTabStop(const QPushButton* stop);

    QStringList m_names;
    int m_room = 0;    ///< pixels, zero while it is not placed
    int m_columns = 0; ///< of buttons; zero is a list
    QGridLayout* m_grid = nullptr;
    std::vector<QPushButton*> m_buttons;
    QComboBox* m_list = nullptr;
    QPushButton* m_keep = nullptr;
};

} // namespace chainrule
