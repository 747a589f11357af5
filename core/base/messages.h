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
    message(namesOrLast, "{1} or {2}")                                                                       \
    message(kindActivation, "activation")                                                                    \
    message(kindChoice, "choice")                                                                            \
    message(kindEngine, "engine")                                                                            \
    message(kindInstructionSet, "instruction set")                                                           \
    message(kindLoss, "loss")                                                                                \
    message(kindOptimizer, "optimizer")                                                                      \
    message(kindPrecision, "precision")                                                                      \
    message(kindPreset, "preset")                                                                            \
    message(kindSchedule, "schedule")                                                                        \
    message(kindWeightRule, "rule")                                                                          \
    message(notEnoughMemoryToRead, "there is not enough memory to read it")                                  \
    message(closeOtherPrograms, "Close other programs and try again")                                        \
    /* JSON */                                                                                               \
    message(jsonZeroByte, "it contains a zero byte")                                                         \
    message(jsonInvalid, "it is not valid JSON")                                                             \
    message(jsonInvalidAt, "it is not valid JSON at character {1}")                                          \
    message(jsonManyMembers, "an object in it has more than {1} members")                                    \
    message(jsonTwice, "the member {1} occurs twice")                                                        \
    message(jsonManyValues, "it has more values than any file that Chainrule writes")                        \
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
    message(unitsBounds, "a layer can have 1 to {1} units")                                                  \
    message(unitsBoundsAndMemory, "a layer can have 1 to {1} units; this one would have about {2} parameters, which take {3} of memory") \
    message(chooseUnits, "Choose a number within these bounds, for instance 128")                            \
    message(writeLayers, "Write layers as units:activation, for instance 128:relu,64:relu,10:softmax")       \
    message(emptyLayer, "a layer is missing before, after or between commas")                                \
    message(noneThere, "no layers are given")                                                                \
    message(tooManyLayers, "there are more than {1} layers, the most that a network can have")               \
    message(thereAre, "a network needs at least one input, and this one has {1}")                            \
    message(giveAnInput, "Give at least one input, for instance 784 for 28 by 28 pixels")                    \
    message(addAnOutput, "Add at least an output layer, for instance 10:softmax")                            \
    message(thereAreAndMostAre, "there are {1} layers, and a network can have at most {2}")                  \
    message(removeSome, "Remove some layers")                                                                \
    message(tooManyParameters, "they have {1} parameters, whose values alone take about {2} of memory; a network can have at most {3}") \
    message(onlyNormalHasDeviation, "{1} derives its standard deviation from the layer's size, so none can be given") \
    message(normalNeedsDeviation, "normal needs a standard deviation from 0 to {1} after a colon")           \
    message(useInstead, "Use {1}")                                                                           \
    message(dropoutRate, "a dropout rate must be at least 0 and below 1")                                    \
    message(dropoutExample, "Write it as dropout:0.2, for instance, which leaves out a fifth of the units in each step") \
    message(dropoutLast, "the last layer gives the network's answers, and dropout has none of its own")                  \
    message(dropoutBeforeOutput, "End with an output layer, for instance 128:relu,dropout:0.2,10:softmax") \
    message(dropoutRateMissing, "dropout needs the share of units to leave out, after a colon")  \
    message(layerManyColons, "a layer has at most one colon")  \
    message(outputDoesNotFitLoss, "its activation is {1}, which the loss {2} does not accept")               \
    message(outputForLoss, "Make it {1}, or choose another loss")                                            \
    /* formats */                                                                                            \
    message(modelFile, "model file {1}")                                                                     \
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
    message(saveDtypesAgain, "Save the model again, with tensors in F32 or F64 that follow one another without gaps") \
    message(getFileAgain, "The file is damaged or cut short; get it again")                                  \
    message(useChainruleFile, "Use a file written by Chainrule, or leave this part out")                     \
    message(useAnotherCheckpoint, "Continue from another checkpoint of the run, or start the run again")     \
    message(openWithNewer, "Open it with a newer version of Chainrule")                                      \
    message(modelBeforeDiverging, "Choose a model that was saved before its training diverged")              \
    message(checkThePath, "Check the path")                                                                  \
    message(checkPathAndReaders, "Check the path and its read permissions")                                  \
    message(checkYouMayRead, "Check that you have permission to read it")                                    \
    message(startNewerVersion, "Start the newer version to restore it")                                      \
    message(isNoObject, "it is not a JSON object")                                                           \
    message(areNoObject, "they are not a JSON object")                                                       \
    message(hasNoObject, "it contains no JSON object")                                                       \
    message(isNoList, "it is not a list")                                                                    \
    message(memberIsNoObject, "{1} is not an object")                                                        \
    message(memberIsNoList, "{1} is not a list")                                                             \
    message(memberIsNoNumber, "{1} is not a number")                                                         \
    message(memberIsNotWhole, "{1} is not a whole number, or it is too large or too small")                  \
    message(memberIsNoSeed, "{1} is not a whole number from 0 to 18446744073709551615")                      \
    message(memberIsNoTruth, "{1} is neither true nor false")                                                \
    message(memberIsNoText, "{1} is not a string")                                                           \
    message(noSuchFormat, "{1} is not a format that Chainrule knows")                                        \
    message(newerFormat, "it was saved by a newer version of Chainrule, in format {1}; this version reads formats up to {2}") \
    message(noArrayOfNames, "it is not an array of names")                                                   \
    message(nameOfNoTensor, "its name is not layers.N.weight or layers.N.bias with N from 0 to {1}")         \
    message(hasNoTensors, "it has no tensors")                                                               \
    message(wrongWeightDimensions, "it has {1} dimensions, not 2: [units, inputs]")                          \
    message(wrongVectorDimensions, "it has {1} dimensions, not 1: [units]")                                  \
    message(tensorIsMissing, "tensor {1} is missing")                                                        \
    message(tooManyInputs, "it has too many inputs")                                                         \
    message(shapeDoesNotFollow, "its shape {1} takes {2} inputs, but the layer before has {3} units")        \
    message(shapeDoesNotFitUnits, "its shape {1} does not fit the layer's {2} units")                        \
    message(shapeDoesNotFitParameters, "its shape {1} does not fit the network's {2} parameters")            \
    message(mostUnits, "a layer can have at most {1} units")                                                 \
    message(layersDoNotFitTensors, "it lists {1} layers with weights, but the file has tensors for {2}")     \
    message(noLayerEntry, "it has neither units and an activation nor a dropout rate")                       \
    message(unitsDifferFromTensor, "it has {1} units, but tensor {2} has {3}")                               \
    message(noInputShape, "it is not a list of channels, rows and columns whose product is {1}, the number of inputs") \
    message(hasNoListCalled, "it has no list called {1}")                                                    \
    message(numbersForInputs, "it has {1} numbers, but the network has {2} inputs")                          \
    message(noFiniteNumber, "it is not a finite number")                                                     \
    message(isBelowZero, "it is below 0")                                                                    \
    message(noFileWithSha256, "it does not have the members file and sha256")                      \
    message(fileNameTooLong, "the name of its file is too long")                                             \
    message(noSha256, "its sha256 is not 64 lowercase hexadecimal digits")                                   \
    message(noSuchFile, "there is no such file")                                                             \
    message(cannotBeReadBecause, "it cannot be read: {1}")                                                   \
    message(cannotBeRead, "it cannot be read")                                                               \
    message(noRegularFile, "it is a folder or a device, not a file")                                         \
    message(largerThanModels, "it is larger than any model that Chainrule trains")                           \
    message(noCheckpoint, "it is not a checkpoint saved by Chainrule")                                       \
    message(optimizerTensorsDiffer, "its optimizer state does not fit {1}: the number of state tensors should be {2}, not {3}") \
    message(noPosition, "it does not say where in the run the checkpoint was saved")                         \
    message(bestWithoutLoss, "it has the weights of the best epoch, but not that epoch's loss")              \
    message(noJournalEvent, "it is not a list of a step, the name of a setting and a number")                \
    message(shapeHasZero, "a dimension of its shape {1} is 0")                                               \
    message(shapeLargerThanFile, "its shape {1} is larger than the file")                                    \
    message(descriptionNoObject, "its description is not an object")                                         \
    message(dtypeMissing, "its dtype is missing")                                                            \
    message(dtypeUnknown, "its dtype is {1}, not F32 or F64")                                                \
    message(shapeNoWholeNumbers, "its shape is not a list of nonnegative whole numbers")                     \
    message(offsetsNoWholeNumbers, "its data_offsets are not two nonnegative whole numbers")                 \
    message(offsetsBackwards, "its data_offsets {1} end before they begin")                                  \
    message(offsetsOutside, "its data_offsets {1} lie outside the {2} bytes that follow the header")         \
    message(offsetsDoNotFit, "its data_offsets {1} do not match the size of shape {2} in {3}")               \
    message(isEmpty, "it is empty")                                                                          \
    message(endsInLength, "it ends within the first 8 bytes")                                                \
    message(noSafetensors, "it is not a safetensors file")                                                   \
    message(headerTooLong, "its header would be {1} bytes long; at most 16 MiB are allowed")                 \
    message(headerCut, "its header should have {1} bytes, but only {2} bytes follow the length")             \
    message(dtypeDiffers, "its dtype differs from the other tensors'")                                       \
    message(bytesOverlap, "its bytes overlap another tensor's")                                              \
    message(bytesBefore, "there are bytes before it that belong to no tensor")                               \
    message(bytesAtEnd, "{1} bytes at its end belong to no tensor")                                          \
    message(valueIsNaN, "its value {1} (counted from 0) is not a number")                                    \
    message(valueIsInfinite, "its value {1} (counted from 0) is infinite")                                   \
    /* library */                                                                                            \
    message(libraryNamed, "library {1}")                                                                     \
    message(libraryBusy, "another program has kept it locked for five seconds")                              \
    message(libraryTryAgain, "Wait until that program is done, then try again")                              \
    message(libraryFreeSpace, "Free some space, or name another place with CHAINRULE_LIBRARY")               \
    message(libraryNotWritable, "it may not be written")                                                     \
    message(libraryAllowWriting, "Change its permissions and those of its folder, or name another place with CHAINRULE_LIBRARY") \
    message(libraryDamaged, "it is damaged, or it is not a library of Chainrule")                            \
    message(libraryRestore, "Put a copy of it in its place, or name another place with CHAINRULE_LIBRARY")   \
    message(libraryNotOpened, "it could not be opened: {1}")                                                 \
    message(libraryFailed, "it could not be read or written: {1}")                                           \
    message(libraryChoosePlace, "Mend that, or name another place with CHAINRULE_LIBRARY")                   \
    message(libraryOfOther, "it is a database of another program")                                           \
    message(libraryNameOther, "Name another file with CHAINRULE_LIBRARY")                                    \
    message(libraryNewer, "a newer version of Chainrule has written it, in format {1}; this version writes formats up to {2} and only reads newer ones") \
    message(libraryOlder, "an older version of Chainrule has written it, and it may not be brought up to date")\
    message(libraryUseNewer, "Use the newer version, or name another place with CHAINRULE_LIBRARY")          \
    message(theLibrary, "the library")                                                                       \
    message(libraryNoPlace, "neither CHAINRULE_LIBRARY nor XDG_DATA_HOME nor HOME says where it is")         \
    message(librarySetPlace, "Set one of them")                                                              \
    message(libraryInMemory, "{1}; until the program ends, runs are kept in memory only")                    \
    message(runNamed, "run {1}")                                                                             \
    message(noSuchRun, "no run in the library has an id that begins so")                                     \
    message(runWasDeleted, "it was deleted")                                                                 \
    message(listRuns, "See chainrule runs")                                                                  \
    message(undeleteRun, "Bring it back with chainrule runs undelete {1}")                                   \
    message(ambiguousRun, "the ids of several runs begin so: {1}")                                           \
    message(writeMoreOfId, "Write more of the id")                                                           \
    message(runIsRunning, "it is still being trained")                                                       \
    message(stopRunFirst, "Stop it first")                                                                   \
    message(runHasNoWeights, "its weights are no longer in the library")                                     \
    message(runTrainAgain, "Train it again")                                                                 \
    message(stepNotStored, "the weights after step {1} are not in the library; it has those after {2}")      \
    message(stepOfRun, "step {1}")  \
    message(runHasSteps, "the run has {1} steps")  \
    message(chooseEarlierStep, "Choose an earlier step") \
    message(tryAgain, "Try again")  \
    message(replayStopped, "computing it again was stopped")  \
    message(runNoReplay, "its steps cannot be computed again: {1}")  \
    message(runFirstWeightsGone, "the weights that it began with are no longer in the library")  \
    message(runOtherVersion, "it was trained by version {1}, and this is version {2}")  \
    message(runOtherKernels, "it was trained with the instruction set {1}, which this processor does not have")  \
    message(runSamplesUnknown, "which samples it was trained on is not recorded")  \
    message(runOtherSamples, "the samples of {1} have changed since the run")  \
    message(runDataGone, "the data {1} cannot be read ({2})")  \
    message(runBeganAt, "the run began after step {1} of the run {2}")  \
    message(useParentsStep, "Take earlier steps from that run")  \
    message(useAStoredStep, "Use a step whose weights are stored; chainrule runs show lists them")  \
    message(forkCannotChange, "in a fork this option must stay {1}")  \
    message(forkOrNewRun, "Leave it out, or begin a new run with chainrule train")  \
    message(forkAtEnd, "no steps are left to train: the run ends after step {1}")  \
    message(forkEarlierOrLonger, "Fork at an earlier step, or give more epochs")  \
    message(useStoredStep, "Use one of these steps")                                                         \
    /* settings */                                                                                           \
    message(useOneOfList, "Use one of {1}, for instance {2}")                                                \
    message(notAWholeNumber, "{1} is not a whole number")                                       \
    message(notADecimal, "{1} is not a decimal number")                                                      \
    message(giveForInstance, "Give one, for instance {1}")                                              \
    message(notASeed, "{1} is not a whole number from 0 to 18,446,744,073,709,551,615")  \
    message(optionValueMissing, "it needs a value, and {1} follows it")  \
    message(warmupTooLong, "the rate would still grow at the end: the run has {1} steps")  \
    message(shortenWarmup, "Give fewer steps, for instance --warmup {1}, or train for more epochs")  \
    message(notBetween, "{1} is not between {2} and {3}")                                                    \
    message(giveWholeWithin, "Give a whole number within these bounds, for instance {1}")                    \
    message(notAbove, "{1} is not a number above {2} and at most {3}")                                       \
    message(notFrom, "{1} is not a number from {2} to {3}")                                                  \
    message(giveNumberWithin, "Give a number within these bounds, for instance {1}")                         \
    message(giveLayersOption, "Give at least the output, for instance --layers 10:softmax")                  \
    message(optionPart, "{1}, {2}")                                                                          \
    message(scalarIsDouble, "the scalar engine computes in double precision only")                           \
    message(useDoubleOrMatrix, "Use --precision double, or --engine matrix")                                 \
    message(needsValidation, "it depends on the validation loss, but there are no validation samples")       \
    message(giveOrLeaveOut, "Add some with {1}, or leave this option out")                                   \
    /* training */                                                                                           \
    message(noDrawings, "it has no drawings")                                                                \
    message(keepSomeFirst, "Save some drawings there first, or train without the file")                      \
    message(noImagesToDeform, "{1} has no images that could be shifted and turned")                          \
    message(leaveOutOrImages, "Leave it out, or choose a set of images, for instance --data digits")         \
    message(processorLacks, "this processor does not support it")                                            \
    message(amountsHaveNoClasses, "the targets of {1} are amounts, not classes")                             \
    message(outputsForTargets, "the last layer has {1} units, but a sample of {3} has {2} targets")          \
    message(giveOutputs, "Give the last layer {1}")                                                          \
    message(initialWeights, "the initial weights")                                                           \
    message(initialInputs, "they are for {1} inputs, but a sample of {2} has {3}")                           \
    message(chooseItsData, "Choose the data set that the model was trained on, or start without a model")    \
    message(initialTooLarge, "one of them is {1}, which a float cannot hold")                                \
    message(chooseDouble, "Choose double precision (--precision double)")                                    \
    message(theNetwork, "the network")                                                                       \
    message(notEnoughForParameters, "there is not enough memory: its parameters alone take {1} MB, and training takes several times that") \
    message(useLess, "Use fewer units or layers, or a smaller batch")                                        \
    message(networkGraph, "graph of the network")                                                            \
    message(hasNoInputs, "it has no inputs")                                                                 \
    message(giveAtLeastOne, "Give it at least one")                                                          \
    message(hasNoLayers, "it has no layers")                                                                 \
    message(layerHasNoUnits, "layer {1} has no units")                                                       \
    message(tooManyNodes, "one sample would take {1} nodes; at most {2} are possible")                       \
    message(fewerWeights, "Use a network with fewer weights, for instance 784 inputs and 128:relu,10:softmax") \
    message(singleSoftmax, "softmax of a single output")                                                     \
    message(alwaysOne, "it is always 1, whatever the weights")                                               \
    message(sigmoidOrTwo, "Use sigmoid for one output, or softmax for two or more")                          \
    message(theConfusionMatrix, "the confusion matrix")                                                      \
    message(tooManyOutputs, "it would have a row and a column for each of the network's {1} outputs; at most {2} are possible") \
    message(oneOutputForEachClass, "Train a network with one output for each class of the data; no more than 256 are needed") \
    message(askedForAndPossible, "{1} is not within the range from {2} to {3}")                              \
    message(chooseWithinBounds, "Choose a number within these bounds")                                       \
    message(inputsOfIt, "inputs")                                                                            \
    message(unitsOfALayer, "units of a layer")                                                               \
    message(toySamples, "toy samples")                                                                       \
    message(batchSize, "batch size")                                                                         \
    message(toySetHasTwo, "a toy set has 2 inputs")                                                          \
    message(chooseTwoInputs, "Choose 2 inputs, or type the inputs yourself")                                 \
    message(outputOfIt, "output")                                                                            \
    message(toySetsHaveTwoClasses, "toy sets have two classes, and this network has {1} outputs")            \
    message(oneOutputOrTwo, "Give it one output or two")                                                     \
    message(noiseOfIt, "noise")                                                                              \
    message(learningRate, "learning rate")                                                                   \
    message(notAPositiveNumber, "{1} is not a positive number")                                              \
    message(chooseSuchAs, "Choose a positive number such as 0.1")                                            \
    message(theCheckpoint, "the checkpoint")                                                                 \
    message(checkpointOfOther, "it belongs to a run with {1}, but this run has {2}")                         \
    message(checkpointPosition, "its position, step {1} after {2} samples, does not occur in this run")      \
    message(checkpointJournal, "its journal sets {1} to {2} at step {3}, which no run can do")               \
    message(checkpointMemories, "its optimizer state or its best epoch does not fit the network")            \
    message(useThisRunsCheckpoint, "Use a checkpoint of this run")                                           \
    message(trainingStoppedAt, "training stopped at step {1}, in epoch {2}")                                 \
    message(numbersGrew, "numbers grew beyond all bounds {1}, with a learning rate of {2}")                  \
    message(inTheLoss, "in the loss")                                                                        \
    message(inLayer, "in layer {1} ({2} {3})")                                                               \
    message(lowerTheRate, "Lower the learning rate, for instance to {1}; the last weights with finite numbers are kept") \
    message(fewerLayersOrUnits, "Use fewer layers or fewer units, for instance 128:relu,64:relu,10:softmax") \
    /* files, memory, data */                                                                                \
    message(checkPath, "Check the path")                                                                     \
    message(checkWhoMayRead, "Check the name and the read permissions")                                      \
    message(readingStopped, "reading it was stopped")                                                        \
    message(loadAgain, "Load it again")                                                                      \
    message(folderForFile, "it is a folder where a file should be")                                          \
    message(nameAFile, "Name a file")                                                                        \
    message(notARegularFile, "it is not a regular file")                                                     \
    message(noRoomForContent, "there is not enough memory for its content")                                  \
    message(closeOrSmallerSet, "Close other programs or use a smaller data set")                             \
    message(fewerSamplesOrClose, "Use fewer or smaller samples, or close other programs")                    \
    message(needsRoom, "{1} would take {2} of memory; {3} are available")                                    \
    message(oneImageOf, "1 image of {1} x {2}")                                                              \
    message(imagesOf, "{1} images of {2} x {3}")                                                             \
    message(noFolderFor, "its folder does not exist")                                                        \
    message(makeFolderFirst, "Create the folder first, or choose another")                                   \
    message(fileForItsFolder, "there is a file where its folder should be")                                  \
    message(chooseAnotherPlace, "Choose another place for the file")                                         \
    message(mayNotBeWritten, "there is no permission to write it")                                           \
    message(folderOrDevice, "it is a folder or a device")                                                    \
    message(giveNameOfFile, "Give the name of a file")                                                       \
    message(folderNotSent, "its folder could not be flushed to the disk")                                    \
    message(wholeButMayBeLost, "The file is complete, but could be lost if the power fails now; save it elsewhere too") \
    message(couldNotBeWritten, "it could not be written: {1}")                                               \
    message(diskFull, "the disk is full")                                                                    \
    message(freeSpace, "Free some space or choose another place; whatever was there before is unchanged")    \
    message(chooseOtherUntouched, "Choose another place; whatever was there before is unchanged")            \
    message(labelWithoutOutput, "sample {1} of the {2} file has label {3}, but the output layer has {4}")    \
    message(theTraining, "training")                                                                         \
    message(theValidation, "validation")                                                                     \
    message(theTest, "test")                                                                                 \
    message(oneUnit, "1 unit")                                                                               \
    message(manyUnits, "{1} units")                                                                          \
    message(giveOutputUnits, "Give the output layer {1} units or correct the labels")                        \
    message(emptyBeforeNames, "it is empty, but names follow it")                                            \
    message(giveClassLines, "Give every class a line with its name")                                         \
    message(lineForEachClass, "Give a line for each class, the first for label 0")                           \
    message(tooLongForNames, "it is too long for a list of class names")                                     \
    message(useModelsClasses, "Use data with the classes that the model was trained on")                     \
    message(fileLine, "{1}, line {2}")                                                                       \
    message(moreThanNames, "it has more than {1} names")                                                     \
    message(classNotModels, "its class {1} is not one of the model's classes")                               \
    message(imagesNotColumns, "its samples are images, but the model reads the columns of a table, each with a scale of its own") \
    message(useModelsColumns, "Use a table with the columns that the model was trained on")                  \
    message(tooFarFromScale, "{1} is too far from {2}, the mean of the data that the model was trained on, whose standard deviation was {3}") \
    message(lowerCounts, "Lower --train, --validation or --test")                                            \
    message(noTrainingSamples, "0 training samples were asked for; training needs at least one")             \
    message(giveTrainOne, "Give --train a number of 1 or more")                                              \
    message(useSmallerSet, "Use a smaller data set")                                                         \
    message(askedButThereAre, "{1} were asked for, but there are {2}")                                       \
    message(samplesInAll, "{1} samples in all")                                                              \
    message(learningInOrder, "{1} training and validation samples in file order")                            \
    message(inTrainingFile, "{1} in the training file")                                                      \
    message(testInOrder, "{1} test samples in file order")                                                   \
    message(inTestFile, "{1} in the test file")                                                              \
    message(samplesOfParts, "{1} samples ({2} for training, {3} for validation, {4} for testing)")           \
    message(negativeSamples, "{1} {2} samples were asked for; the number cannot be negative")                \
    message(giveFromZero, "Give {1} a number of 0 or more")                                                  \
    message(tooManyToNumber, "its {1} samples are more than can be numbered")                                \
    message(dataSet, "data set {1}")                                                                         \
    message(optionTwice, "its option {1} is given twice")                                                    \
    message(optionOutside, "its {1} must be {2}, not {3}")                                                   \
    message(wholeNumberFrom, "a whole number from {1} to {2}")                                               \
    message(numberFrom, "a number from {1} to {2}")                                                          \
    message(noToyOption, "it has no option {1}, only samples, noise and seed")                               \
    message(writeToyAs, "Write it as {1}:samples=400,noise=0.1,seed=3")                                      \
    message(theImage, "the image")                                                                           \
    message(noPixels, "it has no pixels")                                                                    \
    message(takeAnother, "Choose another image")                                                             \
    message(makeItSmaller, "Make it smaller")                                                                \
    message(noInkThere, "there is no ink on it")                                                             \
    message(drawOrContrast, "Draw a digit, or take a picture with more contrast")                            \
    message(allInk, "it is all ink")                                                                         \
    message(drawOnEmpty, "Draw a digit on empty paper")                                                      \
    message(onlyADot, "there is only a dot on it")                                                           \
    message(drawADigit, "Draw a digit")                                                                      \
    message(largerThanSide, "it is larger than {1} pixels on a side")                                        \
    message(nothingStandsOut, "no ink stands out from the paper")                                            \
    message(pictureOfOneDigit, "Take a picture of one digit, with more contrast")                            \
    message(theDrawing, "the drawing")                                                                       \
    message(noPoints, "it has no points")                                                                    \
    message(singleDot, "it is a single dot")                                                                 \
    message(useFewer, "Use fewer drawings")                                                                  \
    message(noLabelToLearn, "it has no label to learn from")                                                 \
    message(sayWhichClass, "Label it with its class, or leave it out")                                       \
    message(leaveItOut, "Leave it out")                                                                      \
    message(leaveDrawingsOut, "Leave the drawings out, or choose MNIST or the built-in digits")              \
    message(leaveOutOrOtherData, "Leave it out, or choose the data that it was drawn for")                   \
    message(drawingNumber, "{1}, drawing {2}")                                                               \
    message(moreThanDrawings, "it has more than {1} drawings")                                               \
    message(drawingsAreSmall, "drawings are images of 28 x 28, but the samples of {1} are not")              \
    message(labelBeyondClasses, "its label is {1}, but {2} has the classes 0 to {3}")                        \
    message(useSmallerUnits, "Use smaller units")                                                            \
    message(pensNotAList, "its pens are not a list with a width for each stroke")                            \
    message(correctPens, "Correct it, or leave the pens out")                                                \
    message(takeLineOut, "Remove the line")                                                                  \
    message(writeClassNumber, "Write the class's number, or leave the label out")                            \
    message(notAJsonObject, "it is not a JSON object")                                                       \
    message(strokesNotAList, "its strokes are not a list")                                                   \
    message(leaveOutClosePoints, "Leave out points that lie close together")                                 \
    message(strokesNoPoints, "its strokes have no points")                                                   \
    message(noRoomForIt, "there is not enough memory for it")                                                \
    message(writeItAs, "Write it as {1}, or remove the line")                                                \
    message(strokeNumber, "stroke {1}")                                                                      \
    message(pointOf, "point {1} of {2}")                                                                     \
    message(notANumberThere, "{1} has a value that is not a number")                                         \
    message(beyondThousandMillion, "{1} lies beyond a thousand million")                                     \
    message(notPoints, "{1} is not a list of points")                                                        \
    message(notAPair, "{1} is not a pair of numbers")                                                        \
    message(penOutside, "pen {1} is not a number from {2} to {3}, nor the negative of one for an eraser")    \
    message(pictureNoObject, "its picture is not an object")                                                 \
    message(pictureNoSide, "its picture has no whole number {1} from 1 to {2}")                              \
    message(pictureTooMany, "its picture has more than {1} pixels")                                          \
    message(pictureNoInk, "its picture has no ink")                                                          \
    message(pictureNoBase64, "its picture is not written in base64")                                         \
    message(pictureOtherSize, "its picture does not unpack to one byte for each pixel")                      \
    message(labelNotWhole, "its label is not a whole number from 0 to {1}")                                  \
    message(noMember, "it has no member {1}")                                                                \
    message(strokesTooLong, "its strokes have more than {1} points")                                         \
    message(longerThanBytes, "it is longer than {1} bytes")                                                  \
    message(cellTooLong, "the cell is longer than 4096 bytes")                                               \
    message(checkQuotes, "Check that every quote that is opened is closed, and that this is a table")        \
    message(tooManyCells, "it has more than 1,000,000 cells")                                                \
    message(useFewerColumns, "Use fewer columns")                                                            \
    message(rowTooLong, "it is longer than 32 MB")                                                           \
    message(byteNoText, "there is a byte that is not text")                                                  \
    message(useTextFile, "Use a text file with commas between the cells")                                    \
    message(textAfterQuote, "text follows the quote that ends the cell")                                     \
    message(writeQuotesTwice, "Write quotes within a cell twice, or leave them out")                         \
    message(quoteNotClosed, "a quote was opened in this row and is not closed")                              \
    message(closeQuote, "Close it, or leave it out")                                                         \
    message(fileCell, "{1}, line {2}, column {3}")                                                           \
    message(putLabelAtEdge, "Put the label, a class's number or name, into the first or the last column, and numbers into the others") \
    message(cellEmpty, "the cell is empty")                                                                  \
    message(writeNumberThere, "Write a number there, or remove the row")                                     \
    message(oneCell, "it has one cell; there must be a label and at least one number")                       \
    message(putDelimiters, "Put commas, semicolons or tabs between the cells")                               \
    message(sameNumberOfCells, "Give every line the same number of cells")                                   \
    message(writeLabelThere, "Write the label there, or remove the row")                                     \
    message(giveTwoClasses, "Give samples of at least two classes")                                          \
    message(labelNotWholeNumbers, "it would be the label, but its numbers are not whole")                    \
    message(noRows, "it has no rows")                                                                        \
    message(lineForEachSample, "Give a line for each sample")                                                \
    message(headerOnly, "it has a header and no samples")                                                    \
    message(oneSample, "it has only one sample")                                                             \
    message(cellNoNumber, "{1} is not a number")                                                             \
    message(cellsDiffer, "it has {1} cells, but line {2} has {3}")                                           \
    message(bothColumnsWords, "{1}; the last column holds words as well, but only the label's column may")   \
    message(fileColumn, "{1}, column {2}")                                                                   \
    message(sameInEveryRow, "it would be the label, but it has the same value in every row, {1}")            \
    message(noneOfThem, "none")                                                                              \
    message(tooManyLabels, "it would be the label, but it has more than {1} different values")               \
    message(itIsEmpty, "it is empty")                                                                        \
    message(inUtf16, "it is text in UTF-16")                                                                 \
    message(saveAsUtf8, "Save it as UTF-8")                                                                  \
    message(packedOrSpreadsheet, "it is compressed, or in a spreadsheet's own format")                       \
    message(unpackOrSaveCsv, "Unpack it, or save the table as CSV")                                          \
    message(webPageNoTable, "it is a web page or XML, not a table")                                          \
    message(saveAsCsv, "Save the table as CSV")                                                              \
    message(changedMeanwhile, "it changed while it was being read")                                          \
    message(writeSmallerNumber, "Write a smaller number")                                                    \
    message(tooLargeForFloat, "{1} is too large for a float")                                                \
    message(rowsOfFeatures, "{1} rows of {2} features")                                                      \
    message(putFilesThere, "Put the missing files there")                                                    \
    message(nameEveryClass, "Give every class a line with its name, the first for label 0")                  \
    message(useSameSet, "Use images and labels of the same set")                                             \
    message(noSuchFolder, "there is no such folder")                                                         \
    message(nameFolderOfFour, "Name a folder with the four IDX files")                                       \
    message(fileForFolder, "it is a file where a folder should be")                                          \
    message(nameHoldingFolder, "Name the folder that holds the four IDX files")                              \
    message(putFourFiles, "Put the four files of one set into the folder")                                   \
    message(folderHasNo, "the folder has no {1}")                                                            \
    message(fileOrFile, "{1} or {2}")                                                                        \
    message(norFile, "{1}, nor {2}")                                                                         \
    message(namesTooFew, "its classes.txt or labels.txt names {1}, but sample {2} has label {3}")            \
    message(oneClass, "1 class")                                                                             \
    message(manyClasses, "{1} classes")                                                                      \
    message(countsDiffer, "it has {1} labels, but {2} has {3} images")                                       \
    message(sidesDiffer, "its images are {1} pixels, those of {2} are {3}")                                  \
    message(downloadFileAgain, "Download the file again")                                                    \
    message(bytesAfterArchive, "it has further bytes after the end of its archive")                          \
    message(savedWebPage, "it is a web page that was saved under this name")                                 \
    message(downloadFileItself, "Download the file again, from an address that gives the file itself")       \
    message(labelsForImages, "it holds labels where images should be")                                       \
    message(imagesForLabels, "it holds images where labels should be")                                       \
    message(swapFiles, "Swap the two files")                                                                 \
    message(useIdxFile, "Use an IDX file of unsigned bytes, plain or packed with gzip")                      \
    message(downloadOrSmaller, "Download the file again or use smaller images")                              \
    message(emptyArchive, "it is empty: its archive holds nothing")                                          \
    message(oneByte, "1 byte")                                                                               \
    message(manyBytes, "{1} bytes")                                                                          \
    message(endsInHeader, "it is truncated: it ends within its header, after {1}")                           \
    message(hasOfDeclared, "it is truncated: it has {1} of the {2} that its header declares")                \
    message(noChecksum, "it is truncated: the checksum at the end of the archive is missing")                \
    message(oversized, "it is oversized: it has {1} than the {2} that its header declares")                  \
    message(moreBytes, "more")                                                                               \
    message(soManyMore, "{1} more")                                                                          \
    message(archiveDamaged, "its archive is damaged ({1})")                                                  \
    message(noGzipData, "no valid gzip data")                                                                \
    message(wrongMagicImages, "it has the wrong magic number: it starts with {1}, not with 00 00 08 03 as images of bytes do") \
    message(wrongMagicLabels, "it has the wrong magic number: it starts with {1}, not with 00 00 08 01 as labels of bytes do") \
    message(declaresNoImages, "its header declares no images")                                               \
    message(declaresNoLabels, "its header declares no labels")                                               \
    message(declaresImagesOf, "its header declares images of {1} pixels")                                    \
    message(declaresTooLarge, "its header declares images of {1} pixels; a side can have {2}")               \
    message(moreThanArchive, "its header declares {1}, more than an archive of {2} can hold")                \
    message(manyLabels, "{1} labels")                                                                        \
    message(checkWhoMayReadPath, "Check the path and its read permissions")                                  \
    message(folderNotKnown, "its folder is not known: none of CHAINRULE_DATA, XDG_DATA_HOME and HOME is set") \
    message(noSourceOfThatName, "there is no data set, file or folder of that name") \
    message(sourceHasNoOptions, "{1} has no options; only xor, circles, moons and spiral have some, after a colon") \
    message(useNameOrPath, "Use mnist, fashion-mnist, digits, xor, circles, moons or spiral, or the path of a CSV file or of a folder of IDX files or images") \
    message(leaveOptionsOut, "Write {1} alone; --train, --validation and --test say how many samples are taken") \
    message(notAllIn, "its four files are not all in {1}")                                                   \
    message(norIn, "{1}, nor in {2}")                                                                        \
    message(whichLacks, "{1} (which lacks {2})")                                                             \
    message(whichCannotBeRead, "{1} (which cannot be read: {2})")                                            \
    message(getFromMenu, "Get it from the Data menu or with chainrule datasets fetch {1}, or use --data digits") \
    /* expressions */                                                                                        \
    message(textColumn, "column {1}")                                                                        \
    message(textLineColumn, "line {1}, column {2}")                                                          \
    message(expectedFound, "expected {1}, found {2}")                                                        \
    message(expectedOperand, "a number, a name or '('")                                                      \
    message(expectedClose, "an operator or the ')' of the '(' in {1}")                                       \
    message(expectedCommaOrClose, "an operator, a comma or the ')' of the '(' in {1}")                       \
    message(expectedSoftmax, "softmax(...), the only function with several values")                          \
    message(expectedName, "a name")                                                                          \
    message(expectedEquals, "'=' or a comma")                                                                \
    message(expectedOperator, "an operator")                                                                 \
    message(expectedStatementEnd, "an operator or the end of the statement")                                 \
    message(foundTheEnd, "the end")                                                                          \
    message(foundLineEnd, "the end of the line")                                                             \
    message(writeAnExpression, "Write an expression, for instance L = (a*b + c)^2")                          \
    message(completeExpression, "Complete the expression there")                                             \
    message(closeParenthesis, "Close the parenthesis")                                                       \
    message(noOpenForClose, "there is no '(' for this ')'")                                                  \
    message(takeItAway, "Remove it")                                                                         \
    message(expectedOperatorAfter, "expected an operator after {1}")                                         \
    message(writeTimes, "Write * between factors")                                                           \
    message(writeTimesOrSemicolon, "Write * between factors, and ; between statements")                      \
    message(oneExpressionEach, "Write one expression in each statement")                                     \
    message(onlyNamesAssigned, "only a name can stand before '='")                                           \
    message(writeNameEquals, "Write name = expression")                                                      \
    message(valueHasNoName, "this value has no name, so nothing after it can use it")                        \
    message(writeNameBefore, "Write name = in front of it")                                                  \
    message(assignedTwice, "{1} is assigned twice, first in {2}")                                            \
    message(assignedAfterUse, "{1} is assigned after it was used, first in {2}")                             \
    message(assignBefore, "Assign it before, or choose another name")                                        \
    message(chooseAnotherName, "Choose another name")                                                        \
    message(isAFunction, "{1} is a function")                                                                \
    message(functionNeedsValues, "{1} is a function and needs its values")                                   \
    message(writeCallOrRename, "Write {1}(...), or choose another name")                                     \
    message(noSuchFunction, "there is no function {1}")                                                      \
    message(functionsAre, "The functions are {1}, and factors need * between them")                          \
    message(nearestFunctionIs, "The nearest is {1}; the functions are {2}, and factors need * between them") \
    message(namesAndLast, "{1} and {2}")                                                                     \
    message(takesOneValue, "{1} takes one value, but {2} are given")                                         \
    message(leaveOneValue, "Leave one between its parentheses")                                              \
    message(takesTwoValues, "{1} takes two or more values, but one is given")                                \
    message(writeTwoValues, "Write {1}(a, b)")                                                               \
    message(softmaxAmongValues, "softmax has several values, but one is expected here")                      \
    message(softmaxOnItsOwn, "Write p, q = softmax(a, b) as a statement of its own, then use p and q")       \
    message(writeSoftmax, "Write p, q = softmax(a, b)")                                                      \
    message(softmaxAndNames, "softmax of {1} values has as many results, but the number of names is {2}")    \
    message(nameEachValue, "Give each of its values a name")                                                 \
    message(statementForEachValue, "Give each other value a statement of its own")                           \
    message(lastHasSeveralValues, "the last statement has several values, but the root must be a single value") \
    message(makeOneValue, "Add a statement that makes one value of them, for instance L = -log(p)")          \
    message(exponentNotFinite, "the exponent is not a finite number")                                        \
    message(chooseAnotherExponent, "Choose another exponent")                                                \
    message(nestedTooDeep, "more than {1} parentheses, signs and powers inside one another")                 \
    message(nameInnerParts, "Give inner parts a name: e = a*b; L = e + c")                                   \
    message(graphTooLarge, "the graph has more than {1} nodes")                                              \
    message(shortenExpression, "Shorten the expression")                                                     \
    message(expressionTooLong, "the expression is longer than {1} bytes")                                    \
    message(shortenIt, "Shorten it")                                                                         \
    message(numberBeyondDouble, "the number {1} is too large or too small for double precision")             \
    message(useNumberWithin, "Use a number between 1e-307 and 1e308")                                        \
    message(byteNotUtf8, "the byte {1} is not text in UTF-8")                                                \
    message(characterHasNoMeaning, "the character {1} has no meaning in an expression")                      \
    message(useExpressionSigns, "Use names of the letters a to z, digits and _, numbers, and + - * / ^ ( ) , = ;")
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
