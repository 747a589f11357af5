// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/export/figures.h"
#include "app/runs/trainednetwork.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <vector>

namespace chainrule {

/// As the person gave it.
struct ReportHead {
    QString title;  ///< empty: the report's own
    QString author; ///< and course; empty: none
};

/// A run as it is handed in: what both kinds of report file say, in the person's language.
struct Report {
    struct Fact {
        QString name;
        QString value;
    };
    struct Group {
        QString title;
        std::vector<Fact> facts;
    };

    QString title;
    QString author;       ///< mostly empty
    QString made;         ///< when, and by which version
    QString accuracy;     ///< "95.25 %"
    QString accuracyName; ///< "test accuracy"
    QString measured;     ///< on what it was measured
    QString warning;      ///< of samples that it was trained on; mostly empty
    QString drawn;        ///< where the samples come from; empty: the data set's own order
    std::vector<Group> groups;
    QStringList historyHeader;
    std::vector<QStringList> history; ///< at most 25 epochs, the first and the last among them
    QString historyNote;              ///< which epochs these are; empty: all
    QString confused;                 ///< the most frequent mistakes; empty where there are none
    QString samplesTitle;             ///< of the predictions
    QString repeatTitle;              ///< of the command
    QString repeatNote;               ///< why no command repeats the run; empty where one does
    QString command;                  ///< of the run's settings; empty where they are not recorded
    Figure loss{{}, {}};
    Figure accuracyCurve{{}, {}};
    Figure confusion{{}, {}};
    Figure predictions{{}, {}};
};

/// The network must be the measured one; `when` stands in the report.
[[nodiscard]] Report makeReport(const TrainedNetwork& network, const Measurement& measured,
                                const QDateTime& when, const ReportHead& head = {});

/// What a report is called that is given no title: the network's shape and its data, where they are at hand.
[[nodiscard]] QString reportTitle(const TrainedNetwork& network, const std::string& data);

/// One file with everything in it, which prints on two sheets of A4.
[[nodiscard]] QByteArray reportHtml(const Report& report);

/// Two pages of A4, where there are not too many layers to tell. Needs a QGuiApplication.
[[nodiscard]] QByteArray reportPdf(const Report& report);

/// Writes it as the suffix says, html (or htm) or pdf.
Result<void> saveReport(const Report& report, const QString& path);

} // namespace chainrule
