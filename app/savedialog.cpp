// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/savedialog.h"

#include "widgets/icons.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>

namespace chainrule {

namespace {

QString say(const char* text)
{
    return QCoreApplication::translate("SaveDialog", text);
}

// "svg" of "SVG picture (*.svg)"; empty where every file fits.
QString suffixOf(const QString& filter)
{
    static const QRegularExpression pattern(QStringLiteral("\\(\\*\\.(\\w+)\\)$"));
    return pattern.match(filter).captured(1);
}

// `there`: one or two files of the same folder.
bool mayReplace(QWidget* parent, const QString& title, const QString& chosen, const QStringList& there)
{
    QMessageBox question(parent);
    question.setWindowModality(Qt::WindowModal);
    question.setWindowTitle(title);
    const int side = 2 * question.fontMetrics().height();
    question.setIconPixmap(chainrule::icon(QStringLiteral("warning"), IconRole::Accent)
                               .pixmap(QSize(side, side), question.devicePixelRatioF()));
    question.setTextFormat(Qt::PlainText);
    const QString first = QFileInfo(there.first()).fileName();
    if (there.size() > 1) {
        question.setText(say(QT_TRANSLATE_NOOP("SaveDialog", "Replace %1 and %2?"))
                             .arg(first, QFileInfo(there.last()).fileName()));
        question.setInformativeText(say(QT_TRANSLATE_NOOP(
            "SaveDialog", "They are there already and written together; what they hold would be lost.")));
    } else {
        question.setText(say(QT_TRANSLATE_NOOP("SaveDialog", "Replace %1?")).arg(first));
        question.setInformativeText(
            there.first() == chosen
                ? say(QT_TRANSLATE_NOOP("SaveDialog", "It is there already; what it holds would be lost."))
                : say(QT_TRANSLATE_NOOP("SaveDialog",
                                        "It is there already and written along with %1; what it holds "
                                        "would be lost."))
                      .arg(QFileInfo(chosen).fileName()));
    }
    const QPushButton* replace =
        question.addButton(say(QT_TRANSLATE_NOOP("SaveDialog", "&Replace")), QMessageBox::DestructiveRole);
    QPushButton* other = question.addButton(say(QT_TRANSLATE_NOOP("SaveDialog", "Choose &another name")),
                                            QMessageBox::RejectRole);
    question.setDefaultButton(other);
    question.setEscapeButton(other);
    question.exec();
    return question.clickedButton() == replace;
}

} // namespace

QString chooseFileToWrite(QWidget* parent, const FileToChoose& choice)
{
    QFileDialog dialog(parent, choice.title, {}, choice.filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setOption(QFileDialog::DontConfirmOverwrite); // asked below
    for (const QString& filter : dialog.nameFilters()) {
        if (suffixOf(filter) == QFileInfo(choice.proposed).suffix())
            dialog.selectNameFilter(filter);
    }
    const auto useSuffix = [&dialog](const QString& filter) {
        if (const QString suffix = suffixOf(filter); !suffix.isEmpty())
            dialog.setDefaultSuffix(suffix);
    };
    useSuffix(dialog.nameFilters().first());
    useSuffix(dialog.selectedNameFilter());
    QObject::connect(&dialog, &QFileDialog::filterSelected, &dialog, useSuffix);
    dialog.selectFile(choice.proposed);
    while (dialog.exec() == QDialog::Accepted && !dialog.selectedFiles().isEmpty()) {
        const QString path = dialog.selectedFiles().first();
        QStringList there{path};
        if (choice.others)
            there += choice.others(path);
        there.removeIf([](const QString& each) { return !QFileInfo::exists(each); });
        if (there.isEmpty() || mayReplace(parent, choice.title, path, there))
            return path;
        dialog.selectFile(path);
    }
    return {};
}

} // namespace chainrule
