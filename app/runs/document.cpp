// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/document.h"

#include <QUndoCommand>

#include <utility>

namespace chainrule {

class Document::Edit : public QUndoCommand {
public:
    Edit(Document& document, const State& after, const QString& what, const QString& mergeKey)
        : QUndoCommand(what)
        , m_document(document)
        , m_before(document.m_state)
        , m_after(after)
        , m_mergeKey(mergeKey)
    {
    }

    void undo() override { m_document.set(m_before); }
    void redo() override { m_document.set(m_after); }
    [[nodiscard]] int id() const override { return m_mergeKey.isEmpty() ? -1 : 1; }

    bool mergeWith(const QUndoCommand* next) override
    {
        const auto* edit = static_cast<const Edit*>(next); // the stack asks only for the same id
        if (edit->m_mergeKey != m_mergeKey)
            return false;
        m_after = edit->m_after;
        setObsolete(m_after == m_before);
        return true;
    }

private:
    Document& m_document;
    State m_before;
    State m_after;
    QString m_mergeKey;
};

Document::Document(const TrainingSettings& settings, QObject* parent)
    : QObject(parent)
    , m_state{settings, nullptr}
{
}

Document::State Document::with(const TrainingSettings& settings) const
{
    const bool fits = m_state.initial && m_state.initial->network->stack.layers == settings.layers;
    return {settings, fits ? m_state.initial : nullptr};
}

void Document::push(const State& state, const QString& what, const QString& mergeKey)
{
    if (state != m_state)
        m_undoStack.push(new Edit(*this, state, what, mergeKey));
}

void Document::edit(const TrainingSettings& settings, const QString& what, const QString& mergeKey)
{
    push(with(settings), what, mergeKey);
}

void Document::editWithRun(const TrainingSettings& settings, std::shared_ptr<const Run> initial,
                           const QString& what)
{
    push({settings, std::move(initial)}, what, {});
}

void Document::adjust(const TrainingSettings& settings)
{
    set(with(settings));
}

void Document::set(const State& state)
{
    if (state == m_state)
        return;
    m_state = state;
    emit changed(m_state.settings);
}

} // namespace chainrule
