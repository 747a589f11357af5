// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the program says about a fault: an id with arguments, never a sentence that was glued together, so
// that the window can say it in another language. This is the one table of them; {1} to {9} are the
// arguments.
//
// A message is a clause without a full stop, for a part of an Error (result.h): WHAT: WHY. HOW TO MEND.
namespace chainrule {

// clang-format off
#define CHAINRULE_MESSAGES(message)                                                                          \
    message(text, "{1}") /* a person's own word: a path, an option, a name */                                \
    /* base */                                                                                               \
    message(colon, "{1}: {2}")                                                                               \
    message(noSuchName, "there is no such {1}")                                                              \
    message(useOneOf, "Use {1} or {2}, for instance {3}")                                                    \
    message(notEnoughMemoryToRead, "there is not enough memory to read it")                                  \
    message(closeOtherPrograms, "Close other programs and try again")                                        \
    /* network */                                                                                            \
    message(layersOf, "layers {1}")                                                                          \
    message(layers, "layers")                                                                                \
    message(layerNumber, "layer {1}")                                                                        \
    message(layerWithUnits, "layer {1} with {2} units")                                                      \
    message(layerTheOutput, "layer {1}, the output")                                                         \
    message(partOf, "{1} in {2}")                                                                            \
    message(networkInputs, "network inputs")                                                                 \
    message(unitsMissing, "the number of units is missing")                                                  \
    message(unitsNotWhole, "this is not a whole number of units")                                            \
    message(unitsBounds, "a layer has 1 to {1} units")                                                       \
    message(unitsBoundsAndMemory, "a layer has 1 to {1} units; this one would have about {2} parameters, {3} of memory") \
    message(chooseUnits, "Choose a number within these bounds, for instance 128")                            \
    message(writeLayers, "Write layers as units:activation, for instance 128:relu,64:relu,10:softmax")       \
    message(emptyLayer, "there is nothing before, after or between two commas")                              \
    message(noneThere, "there are none")                                                                     \
    message(tooManyLayers, "there are more than {1}, the most a network has")                                \
    message(thereAre, "there are {1}")                                                                       \
    message(giveAnInput, "Give at least one input, for instance 784 for 28 by 28 pixels")                    \
    message(addAnOutput, "Add at least an output layer, for instance 10:softmax")                            \
    message(thereAreAndMostAre, "there are {1}, and {2} are the most")                                       \
    message(removeSome, "Remove some")                                                                       \
    message(tooManyParameters, "they have {1} parameters, about {2} of memory for the weights alone, and {3} are the most") \
    message(onlyNormalHasDeviation, "{1} takes its deviation from the layer's size, and none can be given")   \
    message(normalNeedsDeviation, "normal needs a deviation from 0 to {1} behind a colon")                   \
    message(useInstead, "Use {1}")                                                                           \
    message(dropoutRate, "a dropout rate is at least 0 and below 1")                                         \
    message(dropoutExample, "Write it as dropout:0.2: a fifth of the units is left out of each step")        \
    message(dropoutLast, "dropout on the output would leave out answers")                                    \
    message(dropoutBeforeOutput, "Put it before the output, for instance 128:relu,dropout:0.2,10:softmax")   \
    message(outputDoesNotFitLoss, "its activation is {1}, and the loss {2} is not taken of that")            \
    message(outputForLoss, "Make it {1}, or choose another loss")                                            \
    /* settings */                                                                                           \
    message(useOneOfList, "Use one of {1}, for instance {2}")                                                \
    message(notAWholeNumber, "{1} is not a whole number from 0 on")                                          \
    message(notADecimal, "{1} is not a number with a decimal point")                                         \
    message(giveForInstance, "Give a number, for instance {1}")                                              \
    message(notBetween, "{1} is not between {2} and {3}")                                                    \
    message(giveWholeWithin, "Give a whole number within these bounds, for instance {1}")                    \
    message(notAbove, "{1} is not a number above {2} and up to {3}")                                         \
    message(notFrom, "{1} is not a number from {2} to {3}")                                                  \
    message(giveNumberWithin, "Give a number within these bounds, for instance {1}")                         \
    message(giveLayersOption, "Give at least the output, for instance --layers 10:softmax")                  \
    message(optionPart, "{1}, {2}")                                                                          \
    message(scalarIsDouble, "the scalar engine computes in double precision only")                           \
    message(useDoubleOrMatrix, "Use --precision double, or --engine matrix")                                 \
    message(needsValidation, "it goes by the validation loss, and there are no validation samples")          \
    message(giveOrLeaveOut, "Give some with {1}, or leave it out")                                           \
    message(oneCycleWarmsUp, "the one-cycle schedule has a warm-up of its own")                              \
    message(leaveOutOneOf, "Leave out {1} or {2}")                                                           \
    message(fewerLayersOrUnits, "Use fewer layers or fewer units, for instance 128:relu,64:relu,10:softmax")
// clang-format on

enum class MessageId : std::uint16_t {
#define CHAINRULE_MESSAGE_ID(id, english) id,
    CHAINRULE_MESSAGES(CHAINRULE_MESSAGE_ID)
#undef CHAINRULE_MESSAGE_ID
};

/// The English of each id, with its placeholders.
[[nodiscard]] std::string_view englishOf(MessageId id);

/// Puts the arguments in the place of {1}, {2} and so on.
[[nodiscard]] std::string filledIn(std::string_view sentence, const std::vector<std::string>& arguments);

struct Message {
    MessageId id = MessageId::text;
    std::vector<Message> arguments; ///< of an id other than text
    std::string own;                ///< of MessageId::text: the words themselves

    Message() = default;
    Message(std::string words)
        : own(std::move(words))
    {
    }
    Message(std::string_view words)
        : own(words)
    {
    }
    Message(const char* words)
        : own(words)
    {
    }
    template <typename... Arguments>
    Message(MessageId which, Arguments&&... given)
        : id(which)
    {
        arguments.reserve(sizeof...(given));
        (arguments.emplace_back(std::forward<Arguments>(given)), ...);
    }

    /// In English.
    [[nodiscard]] std::string english() const;
    [[nodiscard]] bool empty() const { return id == MessageId::text && own.empty(); }
};

} // namespace chainrule
