// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/savedialog.h"

#include "app/base/savequestion.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>

#include <algorithm>

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

struct Question {
    QString title;
    QString text;
    QString why;
    QString otherwise; ///< the button that replaces nothing
};

bool isYes(QWidget* parent, const Question& words)
{
    QMessageBox question(parent);
    makeWarning(question);
    question.setWindowTitle(words.title);
    question.setText(words.text);
    question.setInformativeText(words.why);
    const QPushButton* replace =
        question.addButton(say(QT_TRANSLATE_NOOP("SaveDialog", "&Replace")), QMessageBox::DestructiveRole);
    QPushButton* other = question.addButton(words.otherwise, QMessageBox::RejectRole);
    question.setDefaultButton(other);
    question.setEscapeButton(other);
    question.exec();
    return question.clickedButton() == replace;
}

// `there`: one or two files of the same folder.
bool mayReplace(QWidget* parent, const QString& title, const QString& chosen, const QStringList& there)
{
    Question words{title, {}, {}, say(QT_TRANSLATE_NOOP("SaveDialog", "Choose &another name"))};
    const QString first = QFileInfo(there.first()).fileName();
    if (there.size() > 1) {
        words.text = say(QT_TRANSLATE_NOOP("SaveDialog", "Replace %1 and %2?"))
                         .arg(first, QFileInfo(there.last()).fileName());
        words.why = say(QT_TRANSLATE_NOOP(
            "SaveDialog", "They are there already and written together; what they hold would be lost."));
    } else {
        words.text = say(QT_TRANSLATE_NOOP("SaveDialog", "Replace %1?")).arg(first);
        words.why =
            there.first() == chosen
                ? say(QT_TRANSLATE_NOOP("SaveDialog", "It is there already; what it holds would be lost."))
                : say(QT_TRANSLATE_NOOP("SaveDialog",
                                        "It is there already and written along with %1; what it "
                                        "holds would be lost."))
                      .arg(QFileInfo(chosen).fileName());
    }
    return isYes(parent, words);
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
    // The file's kind is what its name ends in, so a name of another kind follows the filter.
    QObject::connect(&dialog, &QFileDialog::filterSelected, &dialog, [&](const QString& filter) {
        useSuffix(filter);
        const QString path = dialog.selectedFiles().value(0);
        const QFileInfo file(path);
        const QStringList filters = dialog.nameFilters();
        if (std::ranges::any_of(filters, [&](const QString& each) {
                return !suffixOf(each).isEmpty() && suffixOf(each) == file.suffix();
            }))
            dialog.selectFile(
                QDir(file.path())
                    .filePath(file.completeBaseName() + QLatin1Char('.') + dialog.defaultSuffix()));
    });
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

QString chooseFolderToWrite(QWidget* parent, const QString& title, const QStringList& names)
{
    QString folder;
    while (true) {
        folder = QFileDialog::getExistingDirectory(parent, title, folder);
        if (folder.isEmpty())
            return {};
        QStringList there = names;
        there.removeIf(
            [&folder](const QString& name) { return !QFileInfo::exists(QDir(folder).filePath(name)); });
        if (there.isEmpty())
            return folder;
        // One below the other: four long names are no sentence.
        const Question words{
            title,
            say(QT_TRANSLATE_NOOP("SaveDialog", "Replace these files of %1?\n\n%2"))
                .arg(QDir(folder).dirName(), there.join(QLatin1Char('\n'))),
            say(QT_TRANSLATE_NOOP(
                "SaveDialog", "They are there already and written together; what they hold would be lost.")),
            say(QT_TRANSLATE_NOOP("SaveDialog", "Choose &another folder"))};
        if (isYes(parent, words))
            return folder;
    }
}

} // namespace chainrule
