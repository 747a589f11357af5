// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runspanel.h"

#include "app/panels.h"

#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace chainrule {

namespace {

constexpr int rowGap = 6; // between runs, whose names may have several lines

class RunDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return QStyledItemDelegate::sizeHint(option, index) + QSize(0, rowGap);
    }
};

} // namespace

RunsPanel::RunsPanel(QWidget* parent)
    : QWidget(parent)
    , m_model(new RunListModel(this))
    , m_table(new QTableView)
    , m_hint(new QLabel)
    , m_open(new QPushButton(tr("Open its network")))
    , m_take(new QPushButton(tr("Take its settings")))
{
    makePanel(this);
    m_table->setModel(m_model);
    m_table->setItemDelegate(new RunDelegate(m_table));
    m_table->setAccessibleName(tr("Runs"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(true);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(RunListModel::NameColumn, QHeaderView::Stretch);
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_hint->setAccessibleName(tr("About the runs"));
    m_open->setToolTip(tr("Show the chosen run's network again, to save it or to train on from it"));
    m_take->setToolTip(tr("Make the chosen run's settings those of the next run"));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    layout->addWidget(panelHeading(tr("Runs")));
    layout->addWidget(m_table, 1);
    layout->addWidget(m_hint);
    layout->addWidget(m_open);
    layout->addWidget(m_take);
    layout->addStretch(); // below the hint alone, while there is no run

    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPanel::showChoice);
    connect(m_take, &QPushButton::clicked, this, [this] {
        if (const RunPointer run = chosen())
            emit settingsWanted(run->settings);
    });
    connect(m_open, &QPushButton::clicked, this, [this] {
        if (const RunPointer run = chosen())
            emit networkWanted(run);
    });
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        const RunPointer run = chosen();
        m_chosen = run ? run->id : std::string();
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        if (const int row = m_model->rowOf(m_chosen); row >= 0)
            m_table->selectRow(row);
        else
            showChoice();
    });
    showChoice();
}

RunPointer RunsPanel::chosen() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : m_model->run(rows.first().row());
}

void RunsPanel::showChoice()
{
    const RunPointer run = chosen();
    m_table->setVisible(m_model->rowCount() > 0);
    m_take->setVisible(run != nullptr);
    m_open->setVisible(run != nullptr);
    m_hint->setText(m_model->rowCount() == 0
                        ? tr("All runs are kept and listed here, each with what sets it apart.")
                    : run ? tr("Its validation curves are drawn dashed behind the present ones.")
                          : tr("Choose a run to lay its validation curves behind the present ones."));
    emit compared(run);
}

} // namespace chainrule
