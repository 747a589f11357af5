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
    /* JSON */                                                                                               \
    message(jsonZeroByte, "it has a zero byte")                                                              \
    message(jsonInvalid, "it is not valid JSON")                                                             \
    message(jsonInvalidAt, "it is not valid JSON at character {1}")                                          \
    message(jsonManyMembers, "an object in it has more than {1} members")                                    \
    message(jsonTwice, "the member {1} stands there twice")                                                  \
    message(jsonManyValues, "it has more values than any file of this program")                              \
    message(jsonDeep, "it is nested more than {1} levels deep")                                              \
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
    /* formats */                                                                                            \
    message(modelFile, "model file {1}")                                                                     \
    message(sessionFile, "session file {1}")                                                                 \
    message(checkpointNamed, "checkpoint {1}")                                                               \
    message(historyPart, "history")                                                                          \
    message(settingsPart, "settings")                                                                        \
    message(tensorNamed, "tensor {1}")                                                                       \
    message(metadataPart, "metadata")                                                                        \
    message(metadataMember, "metadata, {1}")                                                                 \
    message(headerPart, "header")                                                                            \
    message(entryNumber, "entry {1}")                                                                        \
    message(entryOfEpochs, "entry {1} of epochs")                                                            \
    message(chooseSavedModel, "Choose a model that Chainrule saved")                                         \
    message(saveTensorsAgain, "Save the model again, with tensors layers.0.weight [units, inputs], layers.0.bias [units] and so on in F32 or F64") \
    message(saveDtypesAgain, "Save the model again, with tensors in F32 or F64, one after the other")        \
    message(getFileAgain, "The file is damaged or cut short; get it again")                                  \
    message(useChainruleFile, "Use a file written by Chainrule, or leave this part out")                     \
    message(useAnotherCheckpoint, "Continue from another checkpoint of the run, or start it again")          \
    message(openWithNewer, "Open it with a newer version of Chainrule")                                      \
    message(modelBeforeDiverging, "Choose a model that was saved before its training diverged")              \
    message(checkThePath, "Check the path")                                                                  \
    message(checkPathAndReaders, "Check the path and who may read it")                                       \
    message(checkYouMayRead, "Check that you may read it")                                                   \
    message(sessionOfNoUse, "It cannot be used; models that were saved are files of their own")              \
    message(startNewerVersion, "Start the newer version to get it back")                                     \
    message(isNoObject, "it is not an object")                                                               \
    message(areNoObject, "they are not an object")                                                           \
    message(hasNoObject, "there is no object in it")                                                         \
    message(isNoList, "it is not a list")                                                                    \
    message(memberIsNoObject, "{1} is not an object")                                                        \
    message(memberIsNoList, "{1} is not a list")                                                             \
    message(memberIsNoNumber, "{1} is not a number")                                                         \
    message(memberIsNotWhole, "{1} is not a whole number within bounds")                                     \
    message(memberIsNoSeed, "{1} is not a whole number from 0 to 18446744073709551615")                      \
    message(memberIsNoTruth, "{1} is not true or false")                                                     \
    message(memberIsNoText, "{1} is not a text")                                                             \
    message(noSuchFormat, "there is no format {1}")                                                          \
    message(newerFormat, "it was saved by a newer version of Chainrule, in format {1}, and this version reads up to {2}") \
    message(newerSession, "it was kept by a newer version of Chainrule, in format {1}, and this version reads up to format {2}") \
    message(noArrayOfNames, "it is not an array of names")                                                   \
    message(nameOfNoTensor, "its name is not layers.N.weight or layers.N.bias with N from 0 to {1}")         \
    message(hasNoTensors, "it has no tensors")                                                               \
    message(wrongWeightDimensions, "it has {1} dimensions, not 2: [units, inputs]")                          \
    message(wrongVectorDimensions, "it has {1} dimensions, not 1: [units]")                                  \
    message(tensorIsMissing, "tensor {1} is missing")                                                        \
    message(tooManyInputs, "it has too many inputs")                                                         \
    message(shapeDoesNotFollow, "its shape {1} takes {2} inputs, and the layer before has {3} units")        \
    message(shapeDoesNotFitUnits, "its shape {1} does not fit the layer's {2} units")                        \
    message(shapeDoesNotFitParameters, "its shape {1} does not fit the network's {2} parameters")            \
    message(mostUnits, "a layer has at most {1} units")                                                      \
    message(layersDoNotFitTensors, "it has {1} layers with weights, and there are tensors for {2}")          \
    message(noLayerEntry, "it does not have units and an activation, nor a dropout rate")                    \
    message(unitsDifferFromTensor, "it has {1} units, and tensor {2} has {3}")                               \
    message(noInputShape, "it is not channels, rows and columns of {1} inputs")                              \
    message(hasNoListCalled, "it has no list called {1}")                                                    \
    message(numbersForInputs, "it has {1} numbers, and the network has {2} inputs")                          \
    message(noFiniteNumber, "it is not a finite number")                                                     \
    message(isBelowZero, "it is below 0")                                                                    \
    message(noFileWithSha256, "it does not have a file and its sha256")                                      \
    message(fileNameTooLong, "its file's name is too long")                                                  \
    message(noSha256, "its sha256 is none")                                                                  \
    message(noSuchFile, "there is no such file")                                                             \
    message(cannotBeReadBecause, "it cannot be read: {1}")                                                   \
    message(cannotBeRead, "it cannot be read")                                                               \
    message(noRegularFile, "it is not a file but a folder or a device")                                      \
    message(largerThanModels, "it is larger than any model that Chainrule trains")                           \
    message(largerThanSessions, "it is larger than any session")                                             \
    message(noSession, "it is not a session that Chainrule kept")                                            \
    message(sessionLengthsMissing, "its lengths are missing")                                                \
    message(sessionOtherLength, "its length is not the one that it tells")                                   \
    message(sessionOtherChecksum, "its checksum is not the one that it tells")                               \
    message(noCheckpoint, "it is not a checkpoint that Chainrule kept")                                      \
    message(optimizerTensorsDiffer, "the optimizer {1} remembers {2} numbers of each parameter, and there are tensors for {3}") \
    message(noPosition, "it does not tell where the run stood")                                              \
    message(bestWithoutLoss, "the best epoch has weights or a loss, and not both")                           \
    message(noJournalEvent, "it is not a step, a field and a number")                                        \
    message(shapeHasZero, "its shape {1} has a 0")                                                           \
    message(shapeLargerThanFile, "its shape {1} is larger than the file")                                    \
    message(descriptionNoObject, "its description is not an object")                                         \
    message(dtypeMissing, "its dtype is missing")                                                            \
    message(dtypeUnknown, "its dtype is {1}, not F32 or F64")                                                \
    message(shapeNoWholeNumbers, "its shape is not a list of whole numbers from 0")                          \
    message(offsetsNoWholeNumbers, "its data_offsets are not two whole numbers from 0")                      \
    message(offsetsBackwards, "its data_offsets {1} end before they begin")                                  \
    message(offsetsOutside, "its data_offsets {1} lie outside the {2} bytes that are there")                 \
    message(offsetsDoNotFit, "its data_offsets {1} do not have the size of shape {2} in {3}")                \
    message(isEmpty, "it is empty")                                                                          \
    message(endsInLength, "it ends within the first 8 bytes")                                                \
    message(noSafetensors, "it is not a safetensors file")                                                   \
    message(headerTooLong, "its header would be {1} bytes long, and 16 MiB are the most")                    \
    message(headerCut, "its header should have {1} bytes, and the file has only {2} after the length")       \
    message(dtypeDiffers, "its dtype differs from the other tensors'")                                       \
    message(bytesOverlap, "its bytes overlap another tensor's")                                              \
    message(bytesBefore, "there are bytes before it that belong to no tensor")                               \
    message(bytesAtEnd, "{1} bytes at its end belong to no tensor")                                          \
    message(valueIsNaN, "its value {1} (counted from 0) is not a number")                                    \
    message(valueIsInfinite, "its value {1} (counted from 0) is infinite")                                   \
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
