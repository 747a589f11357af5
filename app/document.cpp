// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document.h"

#include <QUndoCommand>

namespace chainrule {

class Document::Edit : public QUndoCommand {
public:
    Edit(Document& document, const TrainingSettings& after, const QString& what, const QString& mergeKey)
        : QUndoCommand(what)
        , m_document(document)
        , m_before(document.settings())
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
    TrainingSettings m_before;
    TrainingSettings m_after;
    QString m_mergeKey;
};

Document::Document(const TrainingSettings& settings, QObject* parent)
    : QObject(parent)
    , m_settings(settings)
{
}

void Document::edit(const TrainingSettings& settings, const QString& what, const QString& mergeKey)
{
    if (settings != m_settings)
        m_undoStack.push(new Edit(*this, settings, what, mergeKey));
}

void Document::set(const TrainingSettings& settings)
{
    if (settings == m_settings)
        return;
    m_settings = settings;
    emit changed(m_settings);
}

} // namespace chainrule
