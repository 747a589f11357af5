// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/savequestion.h"

#include "widgets/icons.h"

#include <QPushButton>

namespace chainrule {

void makeWarning(QMessageBox& box)
{
    box.setWindowModality(Qt::WindowModal);
    const int side = 2 * box.fontMetrics().height();
    box.setIconPixmap(chainrule::icon(QStringLiteral("warning"), IconRole::Accent)
                          .pixmap(QSize(side, side), box.devicePixelRatioF()));
    box.setTextFormat(Qt::PlainText);
}

SaveQuestion::SaveQuestion(const About& about, QWidget* parent)
    : QMessageBox(parent)
{
    makeWarning(*this);
    setAttribute(Qt::WA_DeleteOnClose);
    if (about.file.isEmpty()) {
        setText(tr("Save the trained network %1?").arg(about.occasion));
        setInformativeText(tr("It is in no file yet, and what it has learned would be lost."));
    } else {
        setText((about.canSave ? tr("Save changes to %1 %2?") : tr("Keep the settings of %1 %2?"))
                    .arg(about.file, about.occasion));
        setInformativeText(
            about.canSave ? tr("The file does not hold the present weights and settings; they would be lost.")
                          : tr("Settings have changed, and a file has them together with a network: they can "
                               "be saved once one was trained with them."));
    }
    setWindowTitle(tr("Chainrule"));
    QPushButton* save = nullptr;
    if (about.canSave) {
        save = addButton(about.file.isEmpty() ? tr("&Save as…") : tr("&Save"), QMessageBox::AcceptRole);
        setDefaultButton(save);
    }
    const QPushButton* discard = addButton(tr("&Don't save"), QMessageBox::DestructiveRole);
    QPushButton* keep = addButton(tr("&Keep editing"), QMessageBox::RejectRole);
    setEscapeButton(keep);
    if (!save)
        setDefaultButton(keep);
    connect(this, &QDialog::finished, this, [this, save, discard] {
        const QAbstractButton* clicked = clickedButton();
        emit answered(save && clicked == save ? SaveAnswer::Save
                      : clicked == discard    ? SaveAnswer::Discard
                                              : SaveAnswer::Keep);
    });
}

ReplaceQuestion::ReplaceQuestion(const About& about, QWidget* parent)
    : QMessageBox(parent)
{
    makeWarning(*this);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Chainrule"));
    setText(tr("Replace %1?").arg(about.file));
    setInformativeText(
        about.why == Why::OtherProgram
            ? tr("Another program has changed it since this window opened or saved it; what it holds now "
                 "would be lost.")
            : tr("It holds another network, which this one was not trained from and which would be lost."));
    const QPushButton* replace = addButton(tr("&Replace"), QMessageBox::DestructiveRole);
    QPushButton* other = addButton(tr("&Save as…"), QMessageBox::AcceptRole);
    QPushButton* cancel = addButton(tr("&Cancel"), QMessageBox::RejectRole);
    setDefaultButton(other);
    setEscapeButton(cancel);
    connect(this, &QDialog::finished, this, [this, replace, other] {
        const QAbstractButton* clicked = clickedButton();
        emit answered(clicked == replace ? ReplaceAnswer::Replace
                      : clicked == other ? ReplaceAnswer::SaveAs
                                         : ReplaceAnswer::Cancel);
    });
}

} // namespace chainrule
