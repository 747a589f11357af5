// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMessageBox>

namespace chainrule {

/// Gives a box the looks of a question about what may be lost, over its window.
void makeWarning(QMessageBox& box);

enum class ReplaceAnswer { Replace, SaveAs, Cancel };

/// Whether a file is to be replaced whose content could not be had again. To be shown by open(): nothing
/// waits for it, and it goes by itself once it is answered.
class ReplaceQuestion : public QMessageBox {
    Q_OBJECT

public:
    enum class Why {
        OtherContent, ///< it is nothing that was saved of this run
        LaterStep,    ///< it has the network after a later step
    };
    struct About {
        QString file; ///< its name
        Why why = Why::OtherContent;
    };
    ReplaceQuestion(const About& about, QWidget* parent);

signals:
    void answered(chainrule::ReplaceAnswer answer);
};

} // namespace chainrule
