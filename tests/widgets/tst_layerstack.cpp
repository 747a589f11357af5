// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/layers.h"
#include "widgets/layers/layerstackedits.h"
#include "widgets/layers/layerstackmodel.h"
#include "widgets/layers/layerstackview.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

#include <algorithm>
#include <memory>
#include <vector>

using namespace chainrule;

namespace {

const LayerStack mnistStack{784,
                            {{128, Activation::Relu}, {64, Activation::Relu}, {10, Activation::Softmax}}};

LayerStack stackOf(int inputs, const std::vector<int>& units)
{
    LayerStack stack{inputs, {}};
    for (const int count : units)
        stack.layers.push_back({count, Activation::Relu});
    outputLayer(stack.layers).activation = Activation::Softmax;
    return stack;
}

std::vector<int> unitsOf(const LayerStack& stack)
{
    std::vector<int> units;
    for (const LayerSpan& layer : layerSpans(stack))
        units.push_back(layer.units);
    return units;
}

/// Answers as a document with an undo stack does: keeps what was, then shows what was asked for.
struct Owner {
    explicit Owner(const LayerStack& start, int imageWidth = 28, int imageHeight = 28)
        : width(imageWidth)
        , height(imageHeight)
        , current(start)
    {
        view.setStack(start, width, height);
        QObject::connect(&view, &LayerStackView::stackEdited, &view,
                         [this](const LayerStack& edited, const QString& what) {
                             history.push_back(current);
                             names.append(what);
                             current = edited;
                             view.setStack(current, width, height);
                         });
        view.resize(264, 500);
        view.show();
        view.activateWindow();
        active = QTest::qWaitForWindowActive(&view);
        list()->setFocus();
    }

    void undo()
    {
        current = history.back();
        history.pop_back();
        view.setStack(current, width, height);
    }

    QListView* list() const { return view.findChild<QListView*>(); }
    QSpinBox* units() const { return view.findChild<QSpinBox*>(); }
    QComboBox* activation() const { return view.findChild<QComboBox*>(); }
    QPushButton* button(const QString& accessibleName) const
    {
        for (auto* candidate : view.findChildren<QPushButton*>())
            if (candidate->accessibleName() == accessibleName)
                return candidate;
        return nullptr;
    }
    QString visibleText(const QString& part) const
    {
        for (const auto* label : view.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(part))
                return label->text();
        return {};
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const
    {
        QTest::keyClick(list(), key, modifiers);
    }
    /// Drags the card of one row to before another, through the model as a view does.
    bool drop(int from, int before) const
    {
        QAbstractItemModel* model = list()->model();
        const std::unique_ptr<QMimeData> data(model->mimeData({model->index(from, 0)}));
        return data && model->canDropMimeData(data.get(), Qt::MoveAction, before, 0, {}) &&
               model->dropMimeData(data.get(), Qt::MoveAction, before, 0, {});
    }

    int width, height;
    LayerStack current;
    std::vector<LayerStack> history;
    QStringList names;
    bool active = false;
    LayerStackView view;
};

} // namespace

class TestLayerStack : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void textsOfThePicture();
    void textsOfFeatures();
    void localeOfNumbers();
    void accessibility();
    void firstChoice();
    void addsAfterTheChosen();
    void addsBetweenEqualLayers();
    void removesByKeyAndButton();
    void movesByKeyboard();
    void movesByDrop();
    void protectsInputAndOutput();
    void dropoutCanBeMovedAndRemoved();
    void editsUnitsAndActivation();
    void goesToUnitsByKey();
    void neverChangesByItself();
    void refusesTooManyLayers();
    void refusesTooManyParameters();
    void letsAnOversizedNetworkShrink();
    void alwaysOneChosen();
    void modelTellsWhatChanged();
    void growsThenScrolls();
    void randomEditsUndone();
};

void TestLayerStack::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
}

void TestLayerStack::textsOfThePicture()
{
    LayerStackModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setStack(mnistStack, 28, 28);
    QCOMPARE(model.rowCount(), 4);
    const auto text = [&](int row, int role) { return model.index(row).data(role).toString(); };
    QCOMPARE(text(0, Qt::DisplayRole), "Input");
    QCOMPARE(text(0, LayerStackModel::ChipRole), "28 × 28");
    QCOMPARE(text(0, LayerStackModel::CountRole), "784");
    QCOMPARE(text(1, Qt::DisplayRole), "Dense 128");
    QCOMPARE(text(1, LayerStackModel::ChipRole), "ReLU");
    QCOMPARE(text(1, LayerStackModel::CountRole), "100,480"); // 784 * 128 + 128
    QCOMPARE(text(2, LayerStackModel::CountRole), "8,256");   // 128 * 64 + 64
    QCOMPARE(text(3, Qt::DisplayRole), "Output 10");
    QCOMPARE(text(3, LayerStackModel::ChipRole), "Softmax");
    QCOMPARE(text(3, LayerStackModel::CountRole), "650"); // 64 * 10 + 10
    QCOMPARE(text(0, Qt::AccessibleTextRole), "Input, 28 × 28, 784 values");
    QCOMPARE(text(1, Qt::AccessibleTextRole), "Dense 128, ReLU, 100,480 parameters, 784 to 128");
    QCOMPARE(text(3, Qt::AccessibleTextRole), "Output 10, Softmax, 650 parameters, 64 to 10");
    QCOMPARE(text(1, LayerStackModel::ShapeRole), "128 × 784 weights + 128 biases");
    QVERIFY(text(1, Qt::ToolTipRole).startsWith("128 × 784 weights + 128 biases"));
    QVERIFY(!model.index(4).isValid());

    const Owner owner(mnistStack);
    QCOMPARE(owner.visibleText("parameters"), "109,386 parameters"); // 100,480 + 8,256 + 650
    QCOMPARE(owner.visibleText("weights"), "128 × 784 weights + 128 biases");
}

void TestLayerStack::textsOfFeatures()
{
    LayerStackModel model;
    model.setStack(stackOf(2, {8, 2}), 2, 1);
    QCOMPARE(model.index(0).data(LayerStackModel::ChipRole).toString(), "2 features");
    QCOMPARE(model.index(1).data(LayerStackModel::CountRole).toString(), "24"); // 2 * 8 + 8
    model.setStack(stackOf(100, {8, 2}), 28, 28); // no picture of 784 pixels has 100 inputs
    QCOMPARE(model.index(0).data(LayerStackModel::ChipRole).toString(), "100 features");
}

void TestLayerStack::localeOfNumbers()
{
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    LayerStackModel model;
    model.setStack(stackOf(1200, {1500, 10}), 1200, 1);
    const QString count = model.index(1).data(LayerStackModel::CountRole).toString();
    const QString chip = model.index(0).data(LayerStackModel::ChipRole).toString();
    const QString shape = model.index(1).data(LayerStackModel::ShapeRole).toString();
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QCOMPARE(count, "1.801.500"); // 1200 * 1500 + 1500
    QCOMPARE(chip, "1.200 features");
    QCOMPARE(shape, "1.500 × 1.200 weights + 1.500 biases");
}

void TestLayerStack::accessibility()
{
    const Owner owner(mnistStack);
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(owner.list());
    QCOMPARE(list->text(QAccessible::Name), "Layers");
    QCOMPARE(list->role(), QAccessible::List);
    QCOMPARE(list->childCount(), 4);
    QCOMPARE(list->child(1)->text(QAccessible::Name), "Dense 128, ReLU, 100,480 parameters, 784 to 128");
    for (const QString& name : {QStringLiteral("Add layer"), QStringLiteral("Remove layer")}) {
        QVERIFY2(owner.button(name), qPrintable(name));
        QAccessibleInterface* button = QAccessible::queryAccessibleInterface(owner.button(name));
        QCOMPARE(button->role(), QAccessible::PushButton);
        QCOMPARE(button->text(QAccessible::Name), name);
    }
    QVERIFY(owner.button("Remove layer")->toolTip().contains("Del"));
    QVERIFY(owner.button("Add layer")->toolTip().contains("Ctrl+Shift+A"));
    QCOMPARE(owner.units()->accessibleName(), "Units");
    QCOMPARE(owner.activation()->accessibleName(), "Activation");
    QStringList mnemonics;
    for (const auto* label : owner.view.findChildren<QLabel*>())
        if (label->buddy())
            mnemonics.append(label->text());
    mnemonics.sort();
    QCOMPARE(mnemonics, QStringList({"&Units", "Act&ivation"}));
}

void TestLayerStack::firstChoice()
{
    LayerStackView view;
    QCOMPARE(view.chosenRow(), -1); // nothing to choose yet
    view.setStack(mnistStack, 28, 28);
    QVERIFY(view.chosenRow() >= 0);
    view.setStack(stackOf(4, {3}), 2, 2);
    QVERIFY(view.chosenRow() >= 0 && view.chosenRow() < 2);
}

void TestLayerStack::addsAfterTheChosen()
{
    Owner owner(mnistStack);
    QVERIFY(owner.active);
    owner.view.chooseRow(1);
    owner.press(Qt::Key_Insert);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 64, 64, 10}));
    QCOMPARE(owner.current.layers[1], (Layer{64, Activation::Relu}));
    QCOMPARE(owner.view.chosenRow(), 2);
    QCOMPARE(owner.names.last(), "Add layer");
    QCOMPARE(owner.visibleText("parameters"), "113,546 parameters"); // 109,386 + 64 * 64 + 64

    owner.undo();
    QCOMPARE(owner.view.stack(), mnistStack);
    owner.view.chooseRow(0); // input: the new layer comes after it
    owner.press(Qt::Key_A, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{64, 128, 64, 10}));
    QCOMPARE(owner.view.chosenRow(), 1);

    owner.undo();
    owner.view.chooseRow(3); // output: before it
    QTest::mouseClick(owner.button("Add layer"), Qt::LeftButton);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 64, 64, 10}));
    QCOMPARE(owner.view.chosenRow(), 3);
    QCOMPARE(outputLayer(owner.current.layers).activation, Activation::Softmax);
}

void TestLayerStack::addsBetweenEqualLayers()
{
    Owner owner(stackOf(784, {64, 64, 64, 10}));
    owner.view.chooseRow(1);
    owner.press(Qt::Key_Insert);
    QCOMPARE(owner.view.chosenRow(), 2);
    owner.press(Qt::Key_Insert);
    QCOMPARE(owner.view.chosenRow(), 3);
}

void TestLayerStack::removesByKeyAndButton()
{
    Owner owner(stackOf(784, {128, 64, 32, 10}));
    owner.view.chooseRow(2);
    owner.press(Qt::Key_Delete);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 32, 10}));
    QCOMPARE(owner.names.last(), "Remove layer");
    QCOMPARE(owner.view.chosenRow(), 2);
    owner.press(Qt::Key_Delete);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 10}));
    QCOMPARE(owner.view.chosenRow(), 1);
    QTest::mouseClick(owner.button("Remove layer"), Qt::LeftButton);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{10}));
    QCOMPARE(owner.visibleText("parameters"), "7,850 parameters"); // 784 * 10 + 10
    owner.list()->setFocus();
    owner.press(Qt::Key_Delete);
    QCOMPARE(owner.names.size(), 3);
    QVERIFY(!owner.button("Remove layer")->isEnabled());
    owner.undo();
    QCOMPARE(owner.view.chosenRow(), 1); // the layer that came back
}

void TestLayerStack::movesByKeyboard()
{
    Owner owner(stackOf(784, {128, 64, 32, 10}));
    owner.view.chooseRow(1);
    owner.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{64, 128, 32, 10}));
    QCOMPARE(owner.names.last(), "Move layer");
    QCOMPARE(owner.view.chosenRow(), 2);
    owner.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{64, 32, 128, 10}));
    QCOMPARE(owner.view.chosenRow(), 3);
    owner.press(Qt::Key_Down, Qt::AltModifier); // never below the output, and the choice stays too
    QCOMPARE(owner.names.size(), 2);
    QCOMPARE(owner.view.chosenRow(), 3);
    owner.press(Qt::Key_Up, Qt::AltModifier);
    owner.press(Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 64, 32, 10}));
    owner.press(Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(owner.names.size(), 4);
    QCOMPARE(owner.view.chosenRow(), 1);
    owner.press(Qt::Key_Down);
    QCOMPARE(owner.view.chosenRow(), 2);
    owner.press(Qt::Key_Up);
    owner.press(Qt::Key_Up);
    QCOMPARE(owner.view.chosenRow(), 0);
}

void TestLayerStack::movesByDrop()
{
    Owner owner(stackOf(784, {128, 64, 32, 10})); // rows 1, 2, 3 hidden, 4 the output
    QVERIFY(owner.drop(1, 4));                    // to before the output
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{64, 32, 128, 10}));
    QCOMPARE(owner.names.last(), "Move layer");
    QCOMPARE(owner.view.chosenRow(), 3);
    QVERIFY(owner.drop(3, 1));
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 64, 32, 10}));
    QCOMPARE(owner.view.chosenRow(), 1);
    QVERIFY(owner.drop(1, 3));
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{64, 128, 32, 10}));
    QVERIFY(!owner.drop(2, 2)); // where it is already
    QVERIFY(!owner.drop(2, 3));
    QCOMPARE(owner.names.size(), 3);
}

void TestLayerStack::protectsInputAndOutput()
{
    Owner owner(mnistStack);
    QAbstractItemModel* model = owner.list()->model();
    for (const int row : {0, 3}) {
        QVERIFY(!model->flags(model->index(row, 0)).testFlag(Qt::ItemIsDragEnabled));
        QVERIFY(!owner.drop(row, 2));
        owner.view.chooseRow(row);
        owner.press(Qt::Key_Delete);
        owner.press(Qt::Key_Up, Qt::AltModifier);
        owner.press(Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(owner.view.chosenRow(), row);
        QVERIFY(!owner.units()->isEnabled());
        QVERIFY(!owner.units()->toolTip().isEmpty());
        QVERIFY(!owner.activation()->isEnabled());
        QCOMPARE(owner.units()->value(), row == 0 ? 784 : 10);
    }
    QCOMPARE(owner.activation()->currentText(), "Softmax");
    for (const int row : {1, 2}) {
        QVERIFY(model->flags(model->index(row, 0)).testFlag(Qt::ItemIsDragEnabled));
        QVERIFY(!model->flags(model->index(row, 0)).testFlag(Qt::ItemIsDropEnabled));
        for (const int before : {-1, 0, 4, 5})
            QVERIFY2(!owner.drop(row, before), qPrintable(QString::number(before)));
    }
    QMimeData forged; // the output's row, a row that is not there, and no number at all
    for (const QByteArray& content : {QByteArray("3"), QByteArray("99"), QByteArray("-1"), QByteArray("x")}) {
        forged.setData(model->mimeTypes().first(), content);
        QVERIFY(!model->dropMimeData(&forged, Qt::MoveAction, 1, 0, {}));
    }
    QVERIFY(owner.names.isEmpty());
}

void TestLayerStack::dropoutCanBeMovedAndRemoved()
{
    const LayerStack stack{
        784,
        {{128, Activation::Relu}, {DropoutLayer{0.2}}, {64, Activation::Relu}, {10, Activation::Softmax}}};
    Owner owner(stack);
    const auto name = [&](int row) { return owner.list()->model()->index(row, 0).data().toString(); };
    owner.view.chooseRow(2);
    QCOMPARE(name(2), "Dropout 20 %");
    QVERIFY(!owner.units()->isEnabled());
    QCOMPARE(owner.units()->value(), 128);
    QVERIFY(!owner.activation()->isEnabled());
    QCOMPARE(owner.visibleText("parameters"), "109,386 parameters"); // 100,480 + 8,256 + 650
    QVERIFY(!withUnits(stack, 2, 5));
    QVERIFY(!withActivation(stack, 2, Activation::Tanh));
    QCOMPARE(parameterCountOfRow(stack, 2), 0);
    QCOMPARE(parameterCountOfRow(stack, 3), 64 * 129);

    owner.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(name(3), "Dropout 20 %");
    QCOMPARE(owner.view.chosenRow(), 3);
    QVERIFY(owner.drop(3, 1));
    QCOMPARE(name(1), "Dropout 20 %");
    QCOMPARE(owner.units()->value(), 784);
    owner.press(Qt::Key_Delete);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 64, 10}));
    owner.undo();
    QCOMPARE(owner.current.layers.front(), Layer(DropoutLayer{0.2}));
}

void TestLayerStack::editsUnitsAndActivation()
{
    Owner owner(mnistStack);
    owner.view.chooseRow(2);
    owner.units()->setFocus();
    owner.units()->selectAll();
    QTest::keyClicks(owner.units(), "100");
    QVERIFY(owner.names.isEmpty()); // not while typing
    QTest::keyClick(owner.units(), Qt::Key_Return);
    QCOMPARE(owner.names, QStringList("Change units"));
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 100, 10}));
    QCOMPARE(owner.view.chosenRow(), 2);
    QCOMPARE(owner.list()->model()->index(2, 0).data().toString(), "Dense 100");
    QCOMPARE(owner.visibleText("parameters"), "114,390 parameters"); // 100,480 + 12,900 + 1,010

    QStringList offered;
    for (int item = 0; item < owner.activation()->count(); ++item)
        offered.append(owner.activation()->itemText(item));
    QCOMPARE(offered, QStringList({"ReLU", "Leaky ReLU", "ELU", "GELU", "SiLU", "Softplus", "Sigmoid", "Tanh",
                                   "Linear"}));
    QVERIFY(owner.activation()->itemData(0, Qt::ToolTipRole).toString().contains("max(0, z)"));
    owner.activation()->setFocus();
    QTest::keyClick(owner.activation(), Qt::Key_Down);
    QCOMPARE(owner.names.last(), "Change activation");
    QCOMPARE(owner.current.layers[1], (Layer{100, Activation::LeakyRelu}));
    owner.undo();
    QCOMPARE(owner.activation()->currentText(), "ReLU");

    // A number that is still being typed is kept when the stack is edited in another way.
    owner.units()->setFocus();
    owner.units()->selectAll();
    QTest::keyClicks(owner.units(), "50");
    QTest::keyClick(owner.units(), Qt::Key_A, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(unitsOf(owner.current), (std::vector<int>{128, 50, 64, 10}));
    QCOMPARE(owner.units()->value(), 64);
}

void TestLayerStack::goesToUnitsByKey()
{
    Owner owner(mnistStack);
    for (const Qt::Key key : {Qt::Key_F2, Qt::Key_Return, Qt::Key_Enter}) {
        owner.view.chooseRow(1);
        owner.list()->setFocus();
        owner.press(key);
        QVERIFY(owner.units()->hasFocus());
        owner.list()->setFocus();
        owner.view.chooseRow(3);
        owner.press(key);
        QVERIFY(owner.list()->hasFocus());
    }
    QVERIFY(owner.names.isEmpty());
}

void TestLayerStack::neverChangesByItself()
{
    LayerStackView view; // with an owner who does not answer
    view.setStack(mnistStack, 28, 28);
    view.chooseRow(1);
    QSignalSpy edits(&view, &LayerStackView::stackEdited);
    for (QAction* action : view.layerActions())
        action->trigger();
    auto* units = view.findChild<QSpinBox*>();
    units->setValue(77);
    QCOMPARE(edits.size(), 4); // row 1 cannot move up
    QCOMPARE(view.stack(), mnistStack);
    QCOMPARE(units->value(), 128);
    QCOMPARE(view.chosenRow(), 1);
    QCOMPARE(unitsOf(edits.last().first().value<LayerStack>()), (std::vector<int>{77, 64, 10}));
}

void TestLayerStack::refusesTooManyLayers()
{
    std::vector<int> units(63, 2); // and the output makes 64
    units.push_back(10);
    Owner owner(stackOf(4, units), 2, 2);
    owner.press(Qt::Key_Insert);
    QVERIFY(owner.names.isEmpty());
    QCOMPARE(owner.visibleText("not added"),
             "Layer not added: the network has 64 layers, and that is the limit. Remove a layer first.");
    owner.press(Qt::Key_Delete);
    QCOMPARE(owner.visibleText("not added"), QString());
    owner.press(Qt::Key_Insert);
    QCOMPARE(owner.names, QStringList({"Remove layer", "Add layer"}));
}

void TestLayerStack::refusesTooManyParameters()
{
    Owner owner(mnistStack);
    owner.view.chooseRow(2);
    owner.press(Qt::Key_Insert);
    owner.view.chooseRow(1);
    owner.units()->setValue(65536); // 784 * 65,536 + 65,536 alone is 51,445,760
    QCOMPARE(owner.names.size(), 1);
    QCOMPARE(owner.units()->value(), 128);
    // 785 u + 64 u + 64 + 64 * 64 + 64 + 650 = 849 u + 4,874 <= 50,000,000 for u <= 58,887
    QCOMPARE(owner.visibleText("not changed"),
             "Units not changed: the network would have 55,644,938 parameters, and 50,000,000 is the limit. "
             "Choose at most 58,887 units.");
    owner.units()->setValue(58888);
    QCOMPARE(owner.names.size(), 1);
    owner.units()->setValue(58887);
    QCOMPARE(owner.names.size(), 2);
    QCOMPARE(owner.visibleText("not changed"), QString());
    QCOMPARE(owner.visibleText("parameters"), "49,999,937 parameters");

    // Taking the bottleneck away would join 20,000 units with 20,000.
    Owner bottleneck(stackOf(4, {20000, 1, 20000, 10}), 2, 2);
    bottleneck.view.chooseRow(2);
    bottleneck.press(Qt::Key_Delete);
    QVERIFY(bottleneck.names.isEmpty());
    QVERIFY(bottleneck.visibleText("Layer not removed")
                .contains("400,320,010")); // 100,000 + 400,020,000 + 200,010
    bottleneck.drop(2, 4);
    QVERIFY(bottleneck.names.isEmpty());
    QVERIFY(!bottleneck.visibleText("Layer not moved").isEmpty());
    bottleneck.view.chooseRow(1); // the message was about something else
    QVERIFY(bottleneck.visibleText("not moved").isEmpty());
}

void TestLayerStack::letsAnOversizedNetworkShrink()
{
    Owner owner(stackOf(4, {20000, 20000, 10}), 2, 2);
    owner.view.chooseRow(1);
    owner.units()->setValue(19000); // still over 380 million, but fewer
    QCOMPARE(owner.names.size(), 1);
    owner.units()->setValue(19001);
    QCOMPARE(owner.names.size(), 1);
    QVERIFY(!owner.visibleText("Choose at most").isEmpty());
}

void TestLayerStack::alwaysOneChosen()
{
    Owner owner(mnistStack);
    const QRect card = owner.list()->visualRect(owner.list()->model()->index(1, 0));
    QTest::mouseClick(owner.list()->viewport(), Qt::LeftButton, Qt::NoModifier, card.center());
    QTest::mouseClick(owner.list()->viewport(), Qt::LeftButton, Qt::ControlModifier, card.center());
    QCOMPARE(owner.list()->selectionModel()->selectedIndexes().size(), 1);
    QCOMPARE(owner.view.chosenRow(), 1);
}

void TestLayerStack::modelTellsWhatChanged()
{
    LayerStackModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setStack(stackOf(9, {5, 4, 3, 2}), 3, 3);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
    QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    const QPersistentModelIndex five = model.index(1);

    model.setStack(stackOf(9, {4, 3, 5, 2}), 3, 3);
    QCOMPARE(moved.size(), 1);
    QCOMPARE(five.row(), 3);
    model.setStack(stackOf(9, {5, 4, 3, 2}), 3, 3);
    QCOMPARE(moved.size(), 2);
    QCOMPARE(five.row(), 1);
    model.setStack(stackOf(9, {6, 5, 4, 3, 2}), 3, 3);
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(five.row(), 2);
    model.setStack(stackOf(9, {5, 4, 2}), 3, 3);
    QCOMPARE(reset.size(), 1); // two differences at once
    model.setStack(stackOf(9, {5, 2}), 3, 3);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(reset.size(), 1);
}

void TestLayerStack::growsThenScrolls()
{
    Owner owner(mnistStack);
    const int four = owner.list()->height();
    owner.press(Qt::Key_Insert);
    QTRY_COMPARE(owner.list()->height(), four * 5 / 4);
    for (int i = 0; i < 20; ++i)
        owner.press(Qt::Key_Insert);
    const int many = owner.list()->height();
    owner.press(Qt::Key_Insert);
    QCOMPARE(owner.list()->height(), many);
    QVERIFY(many < four * 2);
    const QRect chosen = owner.list()->visualRect(owner.list()->currentIndex());
    QVERIFY(owner.list()->viewport()->rect().contains(chosen)); // scrolled to the new one
}

void TestLayerStack::randomEditsUndone()
{
    Owner owner(mnistStack);
    Random random = makeRandom(7);
    const auto below = [&](int bound) {
        return static_cast<int>(uniformBelow(random, static_cast<std::uint64_t>(bound)));
    };
    int changed = 0;
    for (int edit = 0; edit < 10000; ++edit) {
        const int rows = rowCount(owner.current);
        const int row = below(rows);
        owner.view.chooseRow(row);
        const auto before = owner.history.size();
        switch (below(6)) {
        case 0:
            owner.view.layerActions()[0]->trigger();
            break;
        case 1:
            owner.view.layerActions()[1]->trigger();
            break;
        case 2:
            owner.view.layerActions()[below(2) + 2]->trigger();
            break;
        case 3:
            owner.drop(row, below(rows + 2) - 1);
            break;
        case 4:
            if (owner.units()->isEnabled())
                owner.units()->setValue(1 + (below(10) == 0 ? below(maximumUnits) : below(300)));
            break;
        default:
            if (owner.activation()->isEnabled()) {
                const int item = below(owner.activation()->count());
                owner.activation()->setCurrentIndex(item);
                emit owner.activation()->activated(item);
            }
        }
        changed += owner.history.size() > before ? 1 : 0;
        QVERIFY(owner.history.size() <= before + 1);
        QVERIFY(validate(owner.current));
        QCOMPARE(owner.view.stack(), owner.current);
        QCOMPARE(owner.current.input.size(), 784);
        QCOMPARE(owner.current.layers.back(), (Layer{10, Activation::Softmax}));
        QVERIFY(owner.view.chosenRow() >= 0 && owner.view.chosenRow() < rowCount(owner.current));
    }
    QVERIFY2(changed > 3000, qPrintable(QString::number(changed)));
    while (!owner.history.empty()) {
        const LayerStack expected = owner.history.back();
        owner.undo();
        QCOMPARE(owner.view.stack(), expected);
    }
    QCOMPARE(owner.view.stack(), mnistStack);
    QCOMPARE(owner.visibleText("parameters"), "109,386 parameters");
}

QTEST_MAIN(TestLayerStack)
#include "tst_layerstack.moc"
