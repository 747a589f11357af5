// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/jsonmembers.h"

#include "core/base/files/json.h"

#include <algorithm>

namespace chainrule {

using nlohmann::json;

namespace {

// Whether the value is a whole number from `low` to `high`.
bool isWhole(const json& value, std::int64_t low, std::int64_t high)
{
    if (value.is_number_unsigned())
        return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high);
    return value.is_number_integer() && value.get<std::int64_t>() >= low;
}

double realOf(const json& value)
{
    return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

bool isReal(const json& value)
{
    return value.is_number() || value.is_null();
}

} // namespace

Result<json> parsedJson(std::string_view text, std::size_t maximumValues, const Message& what, MessageId mend)
{
    if (const Message fault = faultInJson(text, maximumValues); !fault.empty())
        return Error{what, fault, mend};
    return json::parse(text.begin(), text.end(), nullptr, false);
}

std::string writtenJson(const nlohmann::ordered_json& value)
{
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

const json* Members::find(const char* name) const
{
    if (!m_object.is_object())
        return nullptr;
    const auto found = m_object.find(name);
    return found == m_object.end() ? nullptr : &*found;
}

void Members::fail(Message fault)
{
    if (m_fault.empty())
        m_fault = std::move(fault);
}

Result<void> Members::result() const
{
    if (m_fault.empty())
        return {};
    return Error{m_what, m_fault, MessageId::useChainruleFile};
}

template <typename T>
bool Members::take(const char* name, T& target, bool fits, MessageId wrong)
{
    const json* const value = find(name);
    if (value == nullptr)
        return false;
    if (!fits) {
        fail({wrong, name});
        return false;
    }
    target = value->get<T>();
    return true;
}

bool Members::read(const char* name, double& target)
{
    const json* const value = find(name);
    if (value == nullptr)
        return false;
    if (!isReal(*value)) {
        fail({MessageId::memberIsNoNumber, name});
        return false;
    }
    target = realOf(*value);
    return true;
}

bool Members::read(const char* name, int& target)
{
    constexpr int highest = std::numeric_limits<int>::max();
    const json* const value = find(name);
    return take(name, target, value && isWhole(*value, -highest, highest), MessageId::memberIsNotWhole);
}

bool Members::read(const char* name, std::int64_t& target)
{
    constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
    const json* const value = find(name);
    return take(name, target, value && isWhole(*value, -highest, highest), MessageId::memberIsNotWhole);
}

bool Members::read(const char* name, std::uint64_t& target)
{
    const json* const value = find(name);
    return take(name, target, value && value->is_number_unsigned(), MessageId::memberIsNoSeed);
}

bool Members::read(const char* name, bool& target)
{
    const json* const value = find(name);
    return take(name, target, value && value->is_boolean(), MessageId::memberIsNoTruth);
}

bool Members::read(const char* name, std::string& target)
{
    const json* const value = find(name);
    return take(name, target, value && value->is_string(), MessageId::memberIsNoText);
}

bool Members::read(const char* name, std::vector<double>& target)
{
    const json* const value = find(name);
    if (value == nullptr)
        return false;
    if (!value->is_array() || !std::all_of(value->begin(), value->end(), isReal)) {
        fail({MessageId::memberIsNoList, name});
        return false;
    }
    target.clear();
    for (const json& each : *value)
        target.push_back(realOf(each));
    return true;
}

} // namespace chainrule
