// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QRegularExpression>
#include <QString>

#include <string>

namespace chainrule {

/// The same with a capital at its beginning.
[[nodiscard]] inline QString capitalized(QString text)
{
    return text.replace(0, 1, text.left(1).toUpper());
}

/// "28 x 28", as the terminal has it, with the sign that the window writes; not within paths.
[[nodiscard]] inline QString withTimes(QString text)
{
    static const QRegularExpression size(QStringLiteral("(?<![\\w/\"'])(\\d+) x (\\d+)(?![\\w/\"'])"));
    return text.replace(size, QStringLiteral("\\1 × \\2"));
}

/// An error as a sentence for the window. The name of a file stays as it is written.
[[nodiscard]] inline QString sentenceOf(Error error)
{
    error.why = withTimes(QString::fromStdString(error.why)).toStdString();
    const QString text = QString::fromStdString(error.message());
    const bool isPath = error.what.starts_with('/') || error.what.starts_with('.');
    const bool isFile = isPath || (error.what.find('.') != std::string::npos &&
                                   error.what.find('/') == std::string::npos); // not "model file /a/b.c"
    return isFile ? text : capitalized(text);
}

} // namespace chainrule
