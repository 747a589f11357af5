// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document.h"

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
    , m_state{settings, nullptr, std::make_shared<DocumentFile>(DocumentFile{{}, settings, nullptr})}
{
}

Document::State Document::with(const TrainingSettings& settings) const
{
    const bool fits = m_state.initial && m_state.initial->parameters.stack.layers == settings.layers;
    return {settings, fits ? m_state.initial : nullptr, m_state.file};
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

void Document::editWithModel(const TrainingSettings& settings, std::shared_ptr<const InitialModel> initial,
                             const QString& what)
{
    push({settings, std::move(initial), m_state.file}, what, {});
}

void Document::openFile(const DocumentFile& file, const TrainingSettings& settings,
                        std::shared_ptr<const InitialModel> initial, const QString& what)
{
    push({settings, std::move(initial), std::make_shared<DocumentFile>(file)}, what, {});
}

void Document::setSaved(const std::shared_ptr<DocumentFile>& record, const DocumentFile& file)
{
    *record = file;
    if (!file.stamp.isEmpty())
        m_written.insert(file.stamp);
    emit saved();
}

void Document::adjust(const TrainingSettings& settings)
{
    // What follows from the data is nothing that a person would want to save.
    if (m_state.file->settings == m_state.settings)
        m_state.file->settings = settings;
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
