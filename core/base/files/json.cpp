// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files/json.h"

#include "core/base/text.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace chainrule {

namespace {

// Its functions are those that nlohmann::json::sax_parse() calls; false ends the walk.
struct JsonScan {
    std::size_t valuesLeft = 0;
    Message fault;
    std::vector<std::unordered_set<std::string>> open; // the members seen so far of each open value

    static constexpr std::size_t maximumDepth = 32;
    static constexpr std::size_t maximumMembers = 10'000; // of one object; they cost far more than elements

    bool null() { return value(); }
    bool boolean(bool /*content*/) { return value(); }
    bool number_integer(std::int64_t /*content*/) { return value(); }
    bool number_unsigned(std::uint64_t /*content*/) { return value(); }
    bool number_float(double /*content*/, const std::string& /*text*/) { return value(); }
    bool string(std::string& /*content*/) { return value(); }
    bool binary(std::vector<std::uint8_t>& /*content*/) { return value(); }
    bool start_object(std::size_t /*size*/) { return deeper(); }
    bool start_array(std::size_t /*size*/) { return deeper(); }
    bool end_object() { return shallower(); }
    bool end_array() { return shallower(); }

    bool key(std::string& name)
    {
        if (open.back().size() == maximumMembers) {
            fault = {MessageId::jsonManyMembers, withSeparators(static_cast<std::int64_t>(maximumMembers))};
            return false;
        }
        if (open.back().insert(name).second)
            return true;
        fault = {MessageId::jsonTwice, inQuotes(name)};
        return false;
    }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::json::exception& /*exception*/)
    {
        fault = {MessageId::jsonInvalidAt, std::to_string(position)};
        return false;
    }

private:
    bool value()
    {
        if (valuesLeft-- > 0)
            return true;
        fault = MessageId::jsonManyValues;
        return false;
    }

    bool deeper()
    {
        open.emplace_back();
        if (open.size() <= maximumDepth)
            return value();
        fault = {MessageId::jsonDeep, std::to_string(maximumDepth)};
        return false;
    }

    bool shallower()
    {
        open.pop_back();
        return true;
    }
};

} // namespace

Message faultInJson(std::string_view text, std::size_t maximumValues)
{
    // The library takes a zero byte for the end of the text and would not look at what follows.
    if (text.find('\0') != std::string_view::npos)
        return MessageId::jsonZeroByte;
    JsonScan scan;
    scan.valuesLeft = maximumValues;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &scan) && scan.fault.empty())
        return MessageId::jsonInvalid;
    return scan.fault;
}

} // namespace chainrule
