// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/export/report.h"

#include <QDialog>

class QLineEdit;

namespace chainrule {

/// What stands at the head of a report, asked before its file. To be shown by open(): nothing waits for it,
/// and it goes by itself.
class ReportDialog : public QDialog {
    Q_OBJECT

public:
    /// `ownTitle` is what the report is called where no title is given.
    ReportDialog(const QString& ownTitle, QWidget* parent);

signals:
    /// The file is to be chosen next.
    void answered(const chainrule::ReportHead& head);

private:
    void answer();

    QLineEdit* m_title = nullptr;
    QLineEdit* m_author = nullptr;
};

} // namespace chainrule
