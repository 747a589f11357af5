// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/network/layers.h"

#include <QList>
#include <QWidget>

#include <optional>

class QAction;
class QGridLayout;
class QLabel;
class QListView;
class QPushButton;

namespace chainrule {

class LayerCardDelegate;
class LayerFields;
class LayerStackModel;

/// The layers of a network as cards, with what adds, removes, reorders and reshapes them. It never changes
/// the stack by itself: it proposes an edited one through stackEdited(), and the owner answers with
/// setStack(), usually from an undo command. An edit beyond the limits of core/network/layers.h is not
/// proposed; the reason then stands below the fields.
class LayerStackView : public QWidget {
    Q_OBJECT

public:
    explicit LayerStackView(QWidget* parent = nullptr);

    /// Shows a stack. `imageWidth` and `imageHeight` describe the input as in LayerStackModel::setStack().
    /// A new layer becomes the chosen one, a moved layer stays chosen, and otherwise the choice stays.
    void setStack(const LayerStack& stack, int imageWidth, int imageHeight);
    [[nodiscard]] const LayerStack& stack() const;

    /// Row of the chosen card: 0 the input, then the layers; -1 before the first setStack().
    [[nodiscard]] int chosenRow() const;
    void chooseRow(int row);

    /// For a menu: add, remove, move up, move down. Their keys work while the list has the focus; those of
    /// the first in the fields too.
    [[nodiscard]] QList<QAction*> layerActions() const;

signals:
    /// A person wants the stack to become `edited`; `what` is the edit's name for an undo menu.
    void stackEdited(const chainrule::LayerStack& edited, const QString& what);

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Proposal {
        LayerStack stack;
        int row; ///< to choose once the owner has answered
    };

    void createActions();
    void createList();
    void createFields();
    void arrange();

    void addLayer();
    void removeLayer();
    void moveLayer(int from, int to);
    void propose(const Result<LayerStack>& edited, const QString& what, int row);

    void showChosen();
    void showTotal();
    void placeTotal();
    void showMessage(const QString& message);
    void fitList();
    void applyColors();

    LayerStackModel* m_model = nullptr;
    LayerCardDelegate* m_delegate = nullptr;
    QListView* m_list = nullptr;
    QPushButton* m_add = nullptr;
    QPushButton* m_remove = nullptr;
    QLabel* m_total = nullptr;
    LayerFields* m_fields = nullptr;
    QLabel* m_message = nullptr;
    QGridLayout* m_buttonRow = nullptr;
    QAction* m_addAction = nullptr;
    QAction* m_removeAction = nullptr;
    QAction* m_upAction = nullptr;
    QAction* m_downAction = nullptr;
    std::optional<Proposal> m_proposal;
};

} // namespace chainrule
