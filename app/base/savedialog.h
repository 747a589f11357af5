// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>

class QWidget;

namespace chainrule {

struct FileToChoose {
    QString title;
    QString proposed; ///< a name, or a path with its folder
    QString filter;   ///< as QFileDialog has it; a filter's suffix is given to names without one
    /// What else is written beside the chosen file.
    std::function<QStringList(const QString&)> others = {};
};

/// The path of a file that is to be written; empty where none was chosen. Asks before anything that is there
/// would be replaced, by the name that it has in the end and whoever shows the dialog: a desktop's own dialog
/// does not know of the suffix when it asks.
[[nodiscard]] QString chooseFileToWrite(QWidget* parent, const FileToChoose& choice);

/// The path of a folder into which files of these names are to be written together; empty where none was
/// chosen. Asks, by their names, before any that are there would be replaced.
[[nodiscard]] QString chooseFolderToWrite(QWidget* parent, const QString& title, const QStringList& names);

} // namespace chainrule
