// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/savequestion.h"

#include "widgets/style/icons.h"

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

ReplaceQuestion::ReplaceQuestion(const About& about, QWidget* parent)
    : QMessageBox(parent)
{
    makeWarning(*this);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Chainrule"));
    setText(tr("Replace %1?").arg(about.file));
    setInformativeText(
        about.why == Why::OtherContent
            ? tr("Another program has changed it, or it has the network of another run; what it holds now "
                 "would be lost.")
            : tr("It has the network after a later step of this run than the one that is shown."));
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
