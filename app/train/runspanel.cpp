// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/train/runspanel.h"

#include "app/base/panels.h"
#include "app/runs/runlibrary.h"

#include "widgets/style/icons.h"
#include "widgets/tables/runlistview.h"

#include <QAction>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include <utility>

namespace chainrule {

namespace {

class Change : public QUndoCommand {
public:
    /// `isDone`: before it comes onto the stack, which does it first.
    Change(const QString& text, QString notice, std::function<void()> redo, std::function<void()> undo,
           bool isDone)
        : QUndoCommand(text)
        , m_notice(std::move(notice))
        , m_redo(std::move(redo))
        , m_undo(std::move(undo))
        , m_isDone(isDone)
    {
    }

    void redo() override
    {
        if (!std::exchange(m_isDone, false))
            m_redo();
    }
    void undo() override { m_undo(); }
    [[nodiscard]] const QString& notice() const { return m_notice; }

private:
    QString m_notice;
    std::function<void()> m_redo;
    std::function<void()> m_undo;
    bool m_isDone;
};

/// A button that does, says and allows what an action does.
QPushButton* buttonOf(QAction* action)
{
    auto* button = new QPushButton;
    button->setCheckable(action->isCheckable());
    const auto follow = [button, action] {
        button->setText(action->text());
        button->setToolTip(action->toolTip());
        button->setEnabled(action->isEnabled());
        button->setChecked(action->isChecked());
    };
    QObject::connect(action, &QAction::changed, button, follow);
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    follow();
    return button;
}

} // namespace

RunsPanel::RunsPanel(RunLibrary& library, QWidget* parent)
    : QWidget(parent)
    , m_library(library)
    , m_model(new RunListModel(this))
    , m_table(new RunListView(*m_model))
    , m_undo(new QUndoStack(this))
{
    makePanel(this);
    m_table->setAccessibleName(tr("Runs"));
    createActions();
    createLayout();
    connect(&m_library, &RunLibrary::listed, m_model, &RunListModel::setRuns);
    connect(&m_library, &RunLibrary::cleared, this, [this](const std::vector<std::string>& ids) {
        if (ids.empty())
            return;
        change(
            tr("Clear runs"),
            tr("Runs deleted: %1").arg(locale().toString(static_cast<qulonglong>(ids.size()))),
            [this, ids] { m_library.setDeleted(ids, true); },
            [this, ids] { m_library.setDeleted(ids, false); }, true);
    });
    connect(m_model, &RunListModel::renameWanted, this, &RunsPanel::rename);
    connect(m_table, &RunListView::chosenChanged, this, &RunsPanel::showChoice);
    connect(m_table->model(), &QAbstractItemModel::rowsInserted, this, &RunsPanel::showChoice);
    connect(m_table->model(), &QAbstractItemModel::rowsRemoved, this, &RunsPanel::showChoice);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& words) {
        m_table->setFilter(words);
        showChoice();
    });
    connect(m_undo, &QUndoStack::indexChanged, this, &RunsPanel::showDone);
    showChoice();
    showDone();
}

RunsPanel::~RunsPanel()
{
    m_undo->disconnect(this); // it tells of its own end
}

void RunsPanel::createActions()
{
    const auto action = [this](const QString& text, const QString& tip, const std::function<void()>& act) {
        auto* made = new QAction(text, this);
        made->setToolTip(tip);
        connect(made, &QAction::triggered, this, [this, act] {
            if (m_table->chosen())
                act();
        });
        m_table->addAction(made);
        return made;
    };
    m_compare =
        action(tr("Compare"), tr("Draw the chosen run's validation curves dashed behind the present ones"),
               [this] { showChoice(); });
    m_compare->setCheckable(true);
    m_compare->setChecked(true);
    m_open = action(tr("Open its network"),
                    tr("Show the chosen run's network again, to save it or to train on from it"),
                    [this] { emit networkWanted(m_table->chosen()->run); });
    m_take = action(tr("Take its settings"), tr("Make the chosen run's settings those of the next run"),
                    [this] { emit settingsWanted(m_table->chosen()->run->settings); });
    m_rename = action(tr("Rename"), tr("Give the run a name; without one it is named by its settings"),
                      [this] { m_table->editName(); });
    m_rename->setShortcut(Qt::Key_F2);
    m_pin = action(QString(), QString(), [this] {
        const std::string id = m_table->chosen()->run->id;
        const bool pinned = !m_table->chosen()->pinned;
        change(
            pinned ? tr("Pin run") : tr("Unpin run"), {},
            [this, id, pinned] { m_library.setPinned(id, pinned); },
            [this, id, pinned] { m_library.setPinned(id, !pinned); });
    });
    m_delete = action(tr("Delete run"), QString(), [this] { remove(); });
    m_delete->setShortcut(QKeySequence::Delete);
    for (QAction* each : {m_rename, m_delete})
        each->setShortcutContext(Qt::WidgetShortcut);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void RunsPanel::createLayout()
{
    m_filter = new QLineEdit;
    m_filter->setAccessibleName(tr("Filter runs"));
    m_filter->setPlaceholderText(tr("Filter runs"));
    m_filter->setToolTip(tr("Words in the name, the settings, the data, the id, or in how the run ended"));
    m_filter->setClearButtonEnabled(true);
    m_hint = new QLabel;
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_hint->setAccessibleName(tr("About the runs"));

    m_done = new QWidget;
    m_doneText = new QLabel;
    m_doneText->setWordWrap(true);
    m_doneText->setAccessibleName(tr("About deleted runs"));
    auto* undo = new QPushButton(tr("Undo"));
    undo->setAccessibleName(tr("Undo deleting"));
    connect(undo, &QPushButton::clicked, m_undo, &QUndoStack::undo);
    auto* doneRow = new QHBoxLayout(m_done);
    doneRow->setContentsMargins(0, 0, 0, 0);
    doneRow->addWidget(m_doneText, 1);
    doneRow->addWidget(undo);

    m_buttons = new QWidget;
    auto* buttons = new QGridLayout(m_buttons);
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->setSpacing(8);
    buttons->addWidget(buttonOf(m_compare), 0, 0);
    buttons->addWidget(buttonOf(m_pin), 0, 1);
    buttons->addWidget(buttonOf(m_open), 1, 0, 1, 2);
    buttons->addWidget(buttonOf(m_take), 2, 0, 1, 2);
    buttons->addWidget(buttonOf(m_delete), 3, 0, 1, 2);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    layout->addWidget(panelHeading(tr("Runs")));
    layout->addWidget(m_filter);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_hint);
    layout->addWidget(m_done);
    layout->addWidget(m_buttons);
    layout->addStretch(); // below the hint alone, while there is no run
}

void RunsPanel::showChoice()
{
    const bool any = m_model->rowCount() > 0;
    const bool found = m_table->model()->rowCount() > 0;
    m_filter->setVisible(any);
    m_table->setVisible(found);
    m_buttons->setVisible(any);
    m_hint->setVisible(!found);
    m_hint->setText(any ? tr("No run has these words.")
                        : tr("All runs are kept and listed here, each with what sets it apart."));

    const ListedRun* run = m_table->chosen();
    const bool training = run && run->state == RunState::Running;
    for (QAction* each : {m_open, m_take, m_rename, m_pin})
        each->setEnabled(run != nullptr);
    m_delete->setEnabled(run && !training);
    m_delete->setToolTip(training ? tr("The run is still being trained, here or elsewhere. It can be deleted "
                                       "once it has ended.")
                                  : tr("Remove the chosen run from the list; this can be undone"));
    m_pin->setText(run && run->pinned ? tr("Unpin") : tr("Pin"));
    m_pin->setToolTip(
        run && run->pinned
            ? tr("Let the chosen run's weights go when checkpoints need more space than they may "
                 "have")
            : tr("Keep the chosen run's weights, however much space checkpoints need"));

    const std::string id = run && m_compare->isChecked() ? run->run->id : std::string();
    if (std::exchange(m_compared, id) != id)
        emit compared(id.empty() ? nullptr : run->run);
}

void RunsPanel::showDone()
{
    const auto* last =
        static_cast<const Change*>(m_undo->index() > 0 ? m_undo->command(m_undo->index() - 1) : nullptr);
    m_done->setVisible(last && !last->notice().isEmpty());
    m_doneText->setText(last ? last->notice() : QString());
}

void RunsPanel::change(const QString& text, const QString& notice, const std::function<void()>& redo,
                       const std::function<void()>& undo, bool isDone)
{
    m_undo->push(new Change(text, notice, redo, undo, isDone));
}

void RunsPanel::rename(const std::string& id, const QString& name)
{
    const int row = m_model->rowOf(id);
    const std::string before = row >= 0 ? m_model->listed(row).name.value_or(std::string()) : std::string();
    change(
        tr("Rename run"), {}, [this, id, name = name.toStdString()] { m_library.rename(id, name); },
        [this, id, before] { m_library.rename(id, before); });
}

void RunsPanel::remove()
{
    const std::string id = m_table->chosen()->run->id;
    change(
        tr("Delete run"), tr("Run deleted."), [this, id] { m_library.setDeleted(id, true); },
        [this, id] { m_library.setDeleted(id, false); });
}

} // namespace chainrule
