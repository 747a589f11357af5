// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/graph/graphsession.h"

#include "core/data/dataset.h"

#include <QWidget>

#include <memory>

class QAction;
class QButtonGroup;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace chainrule {

class DescendPanel;
class ExpressionField;
class GraphView;
class NodeInspector;
class NodeTable;
class TinyPanel;
class VariableCards;
class WalkBar;
struct GraphExample;

/// A sample of the data and the weights that it is to be shown with.
struct ShownDigit {
    std::shared_ptr<const Network> parameters;
    std::shared_ptr<const Dataset> pool;
    std::size_t sample = 0;
    QString when; ///< of the weights: "at epoch 3", "before training"
};

/// Expressions, tiny networks and single samples as graphs of the engine's own nodes, walked step by step.
class GraphPage : public QWidget {
    Q_OBJECT

public:
    enum class Mode { Expression, TinyNetwork, Digit };

    explicit GraphPage(QWidget* parent = nullptr);

    [[nodiscard]] Mode mode() const { return m_mode; }
    void setMode(Mode mode);

    /// The graph of one sample through a network.
    void showDigit(const ShownDigit& digit);

    /// The expression that stands in the field, shown or not; and another one, with values of its variables.
    [[nodiscard]] QString expression() const;
    void useExpression(const QString& text, const scalar::VariableValues& values);

    [[nodiscard]] TinyPanel& tinyPanel() { return *m_tiny; }
    [[nodiscard]] const TinyPanel& tinyPanel() const { return *m_tiny; }

    /// What the window's Graph menu shows.
    [[nodiscard]] QList<QAction*> walkActions() const { return m_walkActions; }
    [[nodiscard]] QList<QAction*> viewActions() const { return m_viewActions; }

    [[nodiscard]] GraphSession& session() { return m_session; }
    [[nodiscard]] GraphView* view() const { return m_view; }

signals:
    /// The page goes on to another kind of graph.
    void modeChanged(chainrule::GraphPage::Mode mode);
    /// The Digit mode has no sample yet, or newer weights are asked for.
    void digitWanted();
    void problem(const chainrule::Error& error);
    void saved(const QString& fileName);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    QWidget* buildTop();
    QWidget* buildDigitBar();
    QWidget* buildGraph();
    QWidget* buildSide();
    void createActions();
    void connectSession();
    void connectTiny();

    void useExample(const GraphExample& example);
    void showMode();
    void showContent();
    void showNumbers();
    void showNotes();
    void showVariables();
    void showAbout();
    void showTiny();
    void showTinyPanel(bool shown);
    void openAll(bool open);
    void showOpenAll();
    [[nodiscard]] QString digitCaption() const;
    void showPictures();
    void exportGraph();
    void exportTable();
    bool save(const QString& path);
    void find(const QString& text);

    GraphSession m_session;
    Mode m_mode = Mode::Expression;
    ShownDigit m_digit;
    QString m_notice; ///< of the example that is shown; empty after the first edit
    QString m_fault;
    bool m_allOpen = false;
    QString m_pictureOf; ///< where the last file was saved

    QButtonGroup* m_modes = nullptr;
    QStackedWidget* m_bars = nullptr;
    ExpressionField* m_expression = nullptr;
    QLabel* m_aboutIcon = nullptr;
    QLabel* m_about = nullptr;
    QPushButton* m_newest = nullptr;
    VariableCards* m_variables = nullptr;
    TinyPanel* m_tiny = nullptr;
    QWidget* m_tinyLine = nullptr;
    GraphView* m_view = nullptr;
    QLineEdit* m_find = nullptr;
    QPushButton* m_openAll = nullptr;
    WalkBar* m_walk = nullptr;
    QWidget* m_side = nullptr;
    NodeInspector* m_inspector = nullptr;
    NodeTable* m_table = nullptr;
    DescendPanel* m_descend = nullptr;
    QList<QAction*> m_walkActions;
    QList<QAction*> m_viewActions;
};

} // namespace chainrule
