// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QString>

#include <algorithm>
#include <string>
#include <vector>

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

/// A message in the window's language.
[[nodiscard]] inline QString translated(const Message& message)
{
    if (message.id == MessageId::text)
        return QString::fromStdString(message.own);
    const std::string sentence =
        QCoreApplication::translate("Messages", englishOf(message.id).data()).toStdString();
    std::vector<std::string> arguments;
    for (const Message& argument : message.arguments)
        arguments.push_back(translated(argument).toStdString());
    return QString::fromStdString(filledIn(sentence, arguments));
}

/// Whether this message, or one of its arguments, is that one.
[[nodiscard]] inline bool says(const Message& message, MessageId id)
{
    return message.id == id || std::ranges::any_of(message.arguments, [id](const Message& argument) {
               return says(argument, id);
           });
}

/// An error as a sentence for the window. The name of a file stays as it is written.
[[nodiscard]] inline QString sentenceOf(const Error& error)
{
    const QString what = translated(error.what);
    QString text = what + QStringLiteral(": ") + withTimes(translated(error.why)) + QLatin1Char('.');
    if (!error.mend.empty())
        text += QLatin1Char(' ') + translated(error.mend) + QLatin1Char('.');
    const bool isPath = what.startsWith(QLatin1Char('/')) || what.startsWith(QLatin1Char('.'));
    const bool isFile = isPath || (what.contains(QLatin1Char('.')) &&
                                   !what.contains(QLatin1Char('/'))); // not "model file /a/b.c"
    return isFile ? text : capitalized(text);
}

} // namespace chainrule
