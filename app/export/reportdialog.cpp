// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/reportdialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>

namespace chainrule {

namespace {

constexpr int longest = 200; // characters of a line
constexpr int averageCharacters = 44;
const QString authorKey = QStringLiteral("reportAuthor");

} // namespace

ReportDialog::ReportDialog(const QString& ownTitle, QWidget* parent)
    : QDialog(parent)
    , m_title(new QLineEdit(this))
    , m_author(new QLineEdit(QSettings().value(authorKey).toString(), this))
{
    setWindowModality(Qt::WindowModal);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Export a report"));
    m_title->setMaxLength(longest);
    m_title->setPlaceholderText(ownTitle);
    m_title->setAccessibleName(tr("Title of the report"));
    m_title->setMinimumWidth(averageCharacters * fontMetrics().averageCharWidth());
    m_author->setMaxLength(longest);
    m_author->setPlaceholderText(tr("Name, course"));
    m_author->setAccessibleName(tr("Author of the report"));
    auto* buttons = new QDialogButtonBox(this);
    QPushButton* save = buttons->addButton(tr("&Save…"), QDialogButtonBox::AcceptRole);
    save->setDefault(true);
    buttons->addButton(tr("&Cancel"), QDialogButtonBox::RejectRole);
    connect(buttons, &QDialogButtonBox::accepted, this, &ReportDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &ReportDialog::reject);
    connect(this, &QDialog::accepted, this, &ReportDialog::answer);

    auto* form = new QFormLayout(this);
    form->setContentsMargins(16, 16, 16, 16);
    form->setSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->addRow(tr("&Title"), m_title);
    form->addRow(tr("&Author"), m_author);
    form->addRow(buttons);
}

void ReportDialog::answer()
{
    const QString author = m_author->text().simplified();
    QSettings().setValue(authorKey, author); // the next report is the same person's
    emit answered({m_title->text().simplified(), author});
}

} // namespace chainrule
