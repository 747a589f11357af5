// SPDX-License-Identifier: GPL-3.0-or-later
// What a window leaves for the next start: the run that it shows, the settings being edited, the drawing, the
// expression.
#include "app/window/mainwindow.h"

#include "app/draw/drawpage.h"
#include "app/graph/graphchoices.h"
#include "app/graph/graphpage.h"
#include "app/runs/runlibrary.h"
#include "app/runs/workspace.h"

#include "core/data/ink/strokes.h"

#include <utility>

namespace chainrule {

void MainWindow::connectWorkspace()
{
    m_workspace = new Workspace(
        m_library->writer(), [this] { return workspace(); }, this);
    connect(m_workspace, &Workspace::taken, this, &MainWindow::useWorkspace);
    connect(&m_workbench.document(), &Document::changed, m_workspace, &Workspace::touch);
    connect(&m_workbench, &Workbench::updated, m_workspace, &Workspace::touch);
    connect(&m_drawPage->session(), &DrawSession::drawingChanged, m_workspace, &Workspace::touch);
    connect(&m_graphPage->session(), &GraphSession::contentChanged, m_workspace, &Workspace::touch);
    connect(&m_graphPage->session(), &GraphSession::valuesChanged, m_workspace, &Workspace::touch);
}

QJsonObject MainWindow::workspace() const
{
    QJsonObject state{{workspaceKey::settings, windowState::textOf(m_workbench.document().settings())},
                      {workspaceKey::graph, graphChoices::write(*m_graphPage)}};
    if (!m_workbench.shownId().empty()) {
        const auto& initial = m_workbench.document().initial();
        state.insert(workspaceKey::run, QString::fromStdString(m_workbench.shownId()));
        state.insert(workspaceKey::startsFrom, initial && initial->id == m_workbench.shownId());
    }
    if (!m_drawPage->session().isEmpty())
        state.insert(workspaceKey::drawing,
                     QString::fromStdString(writeStrokeLine(m_drawPage->session().drawing())));
    if (m_graphPage->expression() != m_firstExpression) {
        QJsonObject values;
        for (const auto& [name, value] : m_graphPage->session().variables())
            values.insert(QString::fromStdString(name), value);
        state.insert(workspaceKey::expression, QJsonObject{{workspaceKey::text, m_graphPage->expression()},
                                                           {workspaceKey::values, values}});
    }
    return state;
}

void MainWindow::useWorkspace(const QJsonObject& left)
{
    const QJsonObject state = left.isEmpty() ? windowState::olderWorkspace() : left;
    const Beginning beginning = m_beginning;
    if (auto settings = windowState::settingsFrom(state.value(workspaceKey::settings).toString())) {
        if (!beginning.source.empty())
            settings->data = beginning.source;
        m_workbench.document().adjust(*settings);
    }
    const std::string line = state.value(workspaceKey::drawing).toString().toStdString();
    if (const auto drawing = line.empty() ? Result<StrokeSample>(Error{}) : readStrokeLine(line, "drawing"))
        m_drawPage->session().setDrawing(*drawing, tr("Last drawing"));
    const QJsonObject expression = state.value(workspaceKey::expression).toObject();
    if (const QString text = expression.value(workspaceKey::text).toString(); !text.isEmpty()) {
        scalar::VariableValues values;
        const QJsonObject kept = expression.value(workspaceKey::values).toObject();
        for (auto each = kept.begin(); each != kept.end(); ++each)
            values[each.key().toStdString()] = each.value().toDouble();
        m_graphPage->useExpression(text, values);
    }
    useGraphChoices(state.value(workspaceKey::graph).toString());

    if (!beginning.model.isEmpty()) { // its data are loaded once they are known
        m_workbench.openModel(beginning.model, beginning.source);
        return;
    }
    m_beginning = {};
    m_workbench.begin();
    const std::string run = state.value(workspaceKey::run).toString().toStdString();
    if (beginning.train) // training something else than what was asked for would hide that it is not there
        m_workbench.run();
    else if (!run.empty() && beginning.source.empty())
        state.value(workspaceKey::startsFrom).toBool() ? m_workbench.openRun(run)
                                                       : m_workbench.showAgain(run);
}

} // namespace chainrule
