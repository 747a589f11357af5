// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/curves/curvemark.h"

#include <QWidget>

#include <vector>

namespace chainrule {

/// The head of a plot's card: the title left, the newest values right, each with a sample of its curve. Where
/// they do not fit side by side the values stand on a second line; where that is too narrow as well, the
/// samples speak for the names.
class CurveHeader : public QWidget {
    Q_OBJECT

public:
    explicit CurveHeader(QWidget* parent = nullptr);

    /// Room is kept for the widest of several titles, so that the heads of neighbouring cards break alike.
    void setTitle(const QString& title, const QString& widestTitle);
    /// The widest value to be expected, e.g. "0.000": its room is kept free, so that nothing jumps.
    void setWidestValue(const QString& value);
    void setReadings(const std::vector<CurveReading>& readings);
    /// A warning below the values; empty for none.
    void setNote(const QString& note);
    [[nodiscard]] QString note() const { return m_note; }

    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Arrangement {
        bool withNames = true;
        bool valuesBelow = false;
    };

    [[nodiscard]] QFont titleFont() const;
    [[nodiscard]] QFont readingFont() const;
    [[nodiscard]] double rowHeight() const;
    [[nodiscard]] double readingsWidth(bool withNames) const;
    [[nodiscard]] double titleWidth() const;
    [[nodiscard]] Arrangement arrangementFor(double room) const;
    void contentChanged();

    QString m_title;
    QString m_widestTitle;
    QString m_note;
    QString m_widestValue;
    std::vector<CurveReading> m_readings;
};

} // namespace chainrule
