// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMessageBox>

namespace chainrule {

/// Gives a box the looks of a question about what may be lost, over its window.
void makeWarning(QMessageBox& box);

enum class SaveAnswer { Save, Discard, Keep };

/// Whether changes are to be saved before they would be lost. To be shown by open(): nothing waits for it,
/// and it goes by itself once it is answered.
class SaveQuestion : public QMessageBox {
    Q_OBJECT

public:
    struct About {
        QString file;     ///< its name; empty: the network is in no file yet
        QString occasion; ///< "before closing"
        bool canSave = true;
    };
    SaveQuestion(const About& about, QWidget* parent);

signals:
    void answered(chainrule::SaveAnswer answer);
};

enum class ReplaceAnswer { Replace, SaveAs, Cancel };

/// Whether a file is to be replaced that holds something else than what it is about to be given. To be shown
/// by open(), as SaveQuestion.
class ReplaceQuestion : public QMessageBox {
    Q_OBJECT

public:
    enum class Why { OtherProgram, OtherNetwork };
    struct About {
        QString file; ///< its name
        Why why = Why::OtherProgram;
    };
    ReplaceQuestion(const About& about, QWidget* parent);

signals:
    void answered(chainrule::ReplaceAnswer answer);
};

} // namespace chainrule
