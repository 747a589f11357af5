// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

#include <vector>

class QComboBox;
class QGridLayout;
class QPushButton;

namespace chainrule {

/// Buttons that say which class a drawing is: one for each class in two rows of five, or a list with a button
/// where there are more than ten classes or their names are too wide. One tab stop leads into the buttons,
/// arrow keys move inside.
class LabelButtons : public QWidget {
    Q_OBJECT

public:
    explicit LabelButtons(QWidget* parent = nullptr);

    void setClasses(const QStringList& names);

signals:
    void labelChosen(int index);

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    [[nodiscard]] bool fitButtons() const;
    void build();
    void clear();
    void makeButtons();
    void makeList();
    void fitWidths();
    bool moveFocus(int from, int key);
    void updateTabStop(const QPushButton* stop);

    QStringList m_names;
    bool m_asButtons = false;
    QGridLayout* m_grid = nullptr;
    std::vector<QPushButton*> m_buttons;
    QComboBox* m_list = nullptr;
    QPushButton* m_keep = nullptr;
};

} // namespace chainrule
