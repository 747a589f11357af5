// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/messages.h"

namespace chainrule {

namespace {

constexpr std::string_view englishTable[] = {
#define CHAINRULE_MESSAGE_ENGLISH(id, english) english,
    CHAINRULE_MESSAGES(CHAINRULE_MESSAGE_ENGLISH)
#undef CHAINRULE_MESSAGE_ENGLISH
};

} // namespace

std::string_view englishOf(MessageId id)
{
    return englishTable[static_cast<std::size_t>(id)];
}

std::string filledIn(std::string_view sentence, const std::vector<std::string>& arguments)
{
    std::string filled;
    for (std::size_t i = 0; i < sentence.size(); ++i) {
        const bool placeholder = i + 2 < sentence.size() && sentence[i] == '{' && sentence[i + 2] == '}' &&
                                 sentence[i + 1] >= '1' && sentence[i + 1] <= '9';
        if (!placeholder) {
            filled += sentence[i];
            continue;
        }
        const auto argument = static_cast<std::size_t>(sentence[i + 1] - '1');
        if (argument < arguments.size())
            filled += arguments[argument];
        i += 2;
    }
    return filled;
}

std::string Message::english() const
{
    if (id == MessageId::text)
        return own;
    std::vector<std::string> texts;
    texts.reserve(arguments.size());
    for (const Message& argument : arguments)
        texts.push_back(argument.english());
    return filledIn(englishOf(id), texts);
}

} // namespace chainrule
