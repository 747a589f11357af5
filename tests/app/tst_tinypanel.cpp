// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinyfields.h"
#include "app/graph/tinypanel.h"

#include "core/scalar/networkgraph.h"
#include "widgets/maps/decisionmap.h"
#include "widgets/network/unitmaps.h"
#include "widgets/style/accessibility.h"
#include "widgets/style/theme.h"

#include <QAccessible>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QtTest>

#include <cmath>
#include <memory>
#include <set>

using namespace chainrule;

namespace {

template <typename Widget>
Widget* named(const QWidget& panel, const char* name)
{
    for (Widget* widget : panel.findChildren<Widget*>()) {
        if (widget->accessibleName() == QLatin1String(name))
            return widget;
    }
    return nullptr;
}

void choose(QComboBox* box, const QString& text)
{
    const int row = box->findText(text);
    QVERIFY2(row >= 0, qPrintable(text));
    box->setCurrentIndex(row);
    emit box->activated(row);
}

bool choosable(const QComboBox* box, const QString& text)
{
    const auto* model = qobject_cast<const QStandardItemModel*>(box->model());
    return model->item(box->findText(text))->isEnabled();
}

void type(QLineEdit* field, const QString& text)
{
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, text);
    QTest::keyClick(field, Qt::Key_Return);
}

std::unique_ptr<TinyPanel> makeTiny()
{
    auto panel = std::make_unique<TinyPanel>();
    panel->setPalette(themePalette(false));
    panel->resize(280, 900);
    panel->show();
    panel->activateWindow();
    static_cast<void>(QTest::qWaitForWindowActive(panel.get()));
    return panel;
}

} // namespace

class TestTinyPanel : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        installAccessibility();
    }

    void hiddenLayersAreRead()
    {
        QString fault;
        QVERIFY(parseHiddenLayers(QStringLiteral("4, 3"), fault) == (std::vector<int>{4, 3}));
        QVERIFY(parseHiddenLayers(QStringLiteral(" 16 "), fault) == std::vector<int>{16});
        QVERIFY(parseHiddenLayers(QString(), fault) == std::vector<int>());
        QVERIFY(fault.isEmpty());
        for (const char* wrong : {"17", "0", "-1", "4,,3", "4,", "four", "1,2,3,4", "2.5"}) {
            QVERIFY(!parseHiddenLayers(QLatin1String(wrong), fault));
            QVERIFY2(!fault.isEmpty(), wrong);
        }
    }

    void namesAreUniqueAndNotTheWindows()
    {
        const auto panel = makeTiny();
        const std::set<QString> taken{"Dataset",    "Engine", "Layers", "Learning rate",
                                      "Batch size", "Epochs", "Seed",   "Activation",
                                      "Units",      "Train",  "Step",   "Reset"};
        std::set<QString> names;
        for (const QWidget* widget : panel->findChildren<QWidget*>()) {
            const QString name = widget->accessibleName();
            if (name.isEmpty()) {
                // Whatever takes the focus has a name, but for the editor inside a spin box.
                QVERIFY(widget->focusPolicy() == Qt::NoFocus || widget->focusProxy() ||
                        qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) ||
                        widget->window() != panel.get() || !widget->isVisible());
                continue;
            }
            QVERIFY2(names.insert(name).second, qPrintable(name));
            QVERIFY2(!taken.count(name), qPrintable(name));
        }
        for (const char* name : {"Toy data",     "Noise",         "Data seed",          "Toy samples",
                                 "Inputs",       "Hidden layers", "Hidden activation",  "Output",
                                 "Loss",         "Train with",    "Tiny rate",          "Tiny batch",
                                 "Weights seed", "Speed",         "Train tiny network", "One epoch",
                                 "Start again",  "Decision map",  "Toy sample",         "Target"})
            QVERIFY2(names.count(QLatin1String(name)), name);
    }

    void startsWithASampleOfXor()
    {
        const auto panel = makeTiny();
        QVERIFY(panel->settings() == TinySettings());
        QVERIFY(panel->parameters().parameters == tinyParameters(TinySettings()).parameters);
        const Dataset data = makeToySet(ToySet::Xor, 200, 0.05, 1);
        QCOMPARE(panel->input(), (std::vector<double>{data.features[0], data.features[1]}));
        QCOMPARE(panel->target(), static_cast<int>(data.labels[0]));
        QVERIFY(scalar::recordSample(panel->parameters(), panel->input(), panel->target(),
                                     panel->settings().loss));
        QTRY_VERIFY(!panel->picture(0, 3).isNull());
        QVERIFY(!panel->picture(1, 1).isNull());
        QVERIFY(panel->picture(0, 4).isNull());
        QVERIFY(panel->picture(2, 0).isNull());
        QVERIFY(panel->picture(-1, 0).isNull());
        const QSize size = panel->picture(0, 0).size();
        QVERIFY(size.width() == size.height() && size.width() >= 28 && size.width() <= 36);
        QVERIFY(named<QWidget>(*panel, "Tiny training")->accessibleDescription().contains("200 training"));
    }

    void oneEpochIsTheCoresEpoch()
    {
        const auto panel = makeTiny();
        auto* button = named<QPushButton>(*panel, "One epoch");
        QSignalSpy values(panel.get(), &TinyPanel::valuesChanged);
        Network expected = tinyParameters(panel->settings());
        for (int epoch = 0; epoch < 3; ++epoch) {
            button->click();
            QTRY_COMPARE(panel->epoch(), epoch + 1);
            QVERIFY(trainTiny(panel->settings(), tinyData(panel->settings()), expected, epoch, 1));
            QVERIFY(panel->parameters().parameters == expected.parameters);
        }
        QVERIFY(values.count() >= 3);
        QVERIFY(!panel->isTraining());
        QVERIFY(named<QWidget>(*panel, "Tiny training")->accessibleDescription().startsWith("epoch 3 "));
        named<QPushButton>(*panel, "Start again")->click();
        QCOMPARE(panel->epoch(), 0);
        QVERIFY(panel->parameters().parameters == tinyParameters(panel->settings()).parameters);
    }

    void trainsAndPauses()
    {
        for (const char* speed : {"Normal", "Fast"}) {
            const auto panel = makeTiny();
            choose(named<QComboBox>(*panel, "Speed"), QLatin1String(speed));
            named<QPushButton>(*panel, "Train tiny network")->click();
            QVERIFY(panel->isTraining());
            QTRY_VERIFY(panel->epoch() >= 5);
            auto* pause = named<QPushButton>(*panel, "Pause tiny network");
            QVERIFY(pause);
            QCOMPARE(pause->text(), QStringLiteral("Pause"));
            pause->click();
            QVERIFY(!panel->isTraining());
            QTest::qWait(200);
            const int epoch = panel->epoch();
            const Network parameters = panel->parameters();
            QTest::qWait(200);
            QCOMPARE(panel->epoch(), epoch);
            // Whatever the pace: these are the weights after so many epochs.
            Network expected = tinyParameters(panel->settings());
            QVERIFY(trainTiny(panel->settings(), tinyData(panel->settings()), expected, 0, epoch));
            QVERIFY(parameters.parameters == expected.parameters);
        }
    }

    void aShapeIsANewNetwork()
    {
        const auto panel = makeTiny();
        QSignalSpy network(panel.get(), &TinyPanel::networkChanged);
        QSignalSpy values(panel.get(), &TinyPanel::valuesChanged);
        named<QPushButton>(*panel, "One epoch")->click();
        QTRY_COMPARE(panel->epoch(), 1);
        auto* hidden = named<QLineEdit>(*panel, "Hidden layers");
        type(hidden, QStringLiteral("3, 5"));
        QCOMPARE(network.count(), 1);
        QCOMPARE(panel->epoch(), 0);
        QVERIFY(panel->settings().layers ==
                (std::vector<Layer>{{3, Activation::Tanh}, {5, Activation::Tanh}, {2, Activation::Softmax}}));
        QVERIFY(panel->parameters().parameters == tinyParameters(panel->settings()).parameters);
        QVERIFY(panel->picture(1, 4).isNull()); // of the old network none
        QTRY_VERIFY(!panel->picture(1, 4).isNull());
        QVERIFY(panel->findChild<UnitMaps*>()->tile(1, 4));

        auto* fault = named<QLabel>(*panel, "Fault in the hidden layers");
        QVERIFY(!fault->isVisible());
        type(hidden, QStringLiteral("3, 99"));
        QVERIFY(fault->isVisible() && !fault->text().isEmpty());
        QCOMPARE(network.count(), 1);
        QCOMPARE(std::get<DenseLayer>(panel->settings().layers[1]).units, 5);
        type(hidden, QStringLiteral("2"));
        QVERIFY(!fault->isVisible());
        QCOMPARE(network.count(), 2);

        choose(named<QComboBox>(*panel, "Hidden activation"), QStringLiteral("ReLU"));
        QCOMPARE(std::get<DenseLayer>(panel->settings().layers[0]).activation, Activation::Relu);
        QCOMPARE(network.count(), 3);
        type(hidden, QStringLiteral(" "));
        QCOMPARE(panel->settings().layers.size(), std::size_t(1));
        QVERIFY(!named<QComboBox>(*panel, "Hidden activation")->isEnabled());
        QVERIFY(validate(panel->settings()));
    }

    void theLossAndTheEngineFollowTheOutput()
    {
        const auto panel = makeTiny();
        auto* output = named<QComboBox>(*panel, "Output");
        auto* loss = named<QComboBox>(*panel, "Loss");
        auto* engine = named<QComboBox>(*panel, "Train with");
        QSignalSpy network(panel.get(), &TinyPanel::networkChanged);
        choose(output, QStringLiteral("One tanh"));
        QCOMPARE(panel->settings().loss, Loss::Squared);
        QCOMPARE(panel->settings().engine, EngineKind::Matrix);
        QVERIFY(validate(panel->settings()));
        QVERIFY(!choosable(loss, QStringLiteral("Cross-entropy")));
        QVERIFY(loss->toolTip().contains("softmax"));
        QVERIFY(choosable(engine, QStringLiteral("Matrix engine")));
        QCOMPARE(network.count(), 1);
        choose(output, QStringLiteral("One sigmoid"));
        QCOMPARE(panel->settings().loss, Loss::Binary);
        QCOMPARE(loss->currentText(), QStringLiteral("Binary cross-entropy"));
        QVERIFY(!choosable(loss, QStringLiteral("Cross-entropy")));
        QVERIFY(choosable(loss, QStringLiteral("Squared error")));
        QVERIFY(validate(panel->settings()));
        named<QPushButton>(*panel, "One epoch")->click();
        QTRY_COMPARE(panel->epoch(), 1);
        choose(output, QStringLiteral("Softmax of 2")); // and what was chosen before is back
        QVERIFY(panel->settings() == TinySettings());

        network.clear();
        const auto weights = panel->parameters().parameters;
        choose(engine, QStringLiteral("Scalar engine"));
        QCOMPARE(panel->settings().engine, EngineKind::Scalar);
        QCOMPARE(network.count(), 0);
        QCOMPARE(panel->parameters().parameters, weights);
    }

    // Other points of the same set test what was learned; another set is another task.
    void otherPointsKeepTheWeights()
    {
        const auto panel = makeTiny();
        named<QPushButton>(*panel, "One epoch")->click();
        QTRY_COMPARE(panel->epoch(), 1);
        const auto weights = panel->parameters().parameters;
        const auto input = panel->input();
        QSignalSpy network(panel.get(), &TinyPanel::networkChanged);
        QSignalSpy values(panel.get(), &TinyPanel::valuesChanged);
        named<QSpinBox>(*panel, "Data seed")->setValue(7);
        QCOMPARE(network.count(), 0);
        QVERIFY(values.count() >= 1);
        QCOMPARE(panel->parameters().parameters, weights);
        QVERIFY(panel->input() != input);
        choose(named<QComboBox>(*panel, "Toy data"), QStringLiteral("Moons"));
        QCOMPARE(network.count(), 0);
        QVERIFY(panel->parameters().parameters != weights);
        QCOMPARE(panel->epoch(), 0);
        named<QSpinBox>(*panel, "Toy samples")->setValue(50);
        named<QSpinBox>(*panel, "Toy sample")->setValue(50);
        QCOMPARE(panel->sample(), 49);
        named<QSpinBox>(*panel, "Toy samples")->setValue(20);
        QCOMPARE(panel->sample(), 19);
        named<QSpinBox>(*panel, "Weights seed")->setValue(9);
        QVERIFY(panel->parameters().parameters != weights);
        QCOMPARE(panel->epoch(), 0);
    }

    void samplesAreChosenInMapAndField()
    {
        const auto panel = makeTiny();
        auto* map = panel->findChild<DecisionMap*>();
        QSignalSpy values(panel.get(), &TinyPanel::valuesChanged);
        named<QSpinBox>(*panel, "Toy sample")->setValue(4);
        QCOMPARE(panel->sample(), 3);
        QCOMPARE(map->selected(), 3);
        QVERIFY(values.count() >= 1);
        const Dataset data = tinyData(panel->settings());
        QCOMPARE(panel->target(), static_cast<int>(data.labels[3]));
        QVERIFY(!named<QSpinBox>(*panel, "Target")->isEnabled());
        map->setFocus();
        QTest::keyClick(map, Qt::Key_Right);
        QCOMPARE(panel->sample(), 4);
        QCOMPARE(named<QSpinBox>(*panel, "Toy sample")->value(), 5);
        QCOMPARE(panel->input(), (std::vector<double>{data.features[8], data.features[9]}));

        values.clear();
        panel->setInput({0.25, -0.75}); // the graph moved it
        QCOMPARE(panel->sample(), -1);
        QCOMPARE(map->selected(), -1);
        QCOMPARE(values.count(), 0);
        auto* target = named<QSpinBox>(*panel, "Target");
        QVERIFY(target->isEnabled());
        target->setValue(1 - target->value());
        QVERIFY(values.count() >= 1);
        QCOMPARE(panel->target(), target->value());
        panel->setInput({1.0}); // another shape
        QCOMPARE(panel->input(), (std::vector<double>{0.25, -0.75}));
    }

    void typedInputs()
    {
        const auto panel = makeTiny();
        QSignalSpy network(panel.get(), &TinyPanel::networkChanged);
        choose(named<QComboBox>(*panel, "Toy data"), QStringLiteral("None: typed inputs"));
        QVERIFY(!named<QPushButton>(*panel, "Train tiny network")->isEnabled());
        QVERIFY(!named<QSpinBox>(*panel, "Toy sample")->isEnabled());
        QVERIFY(named<QSpinBox>(*panel, "Target")->isEnabled());
        auto* map = panel->findChild<DecisionMap*>();
        QVERIFY(map->isVisible());
        QTest::mouseClick(map, Qt::LeftButton, {}, map->pixelOf(QPointF(0.6, 0.6)).toPoint());
        QVERIFY(std::abs(panel->input()[0] - 0.6) < 0.03 && std::abs(panel->input()[1] - 0.6) < 0.03);
        auto* inputs = named<QSpinBox>(*panel, "Inputs");
        QVERIFY(inputs->isVisible());
        inputs->setValue(3);
        QCOMPARE(network.count(), 1);
        QCOMPARE(panel->input().size(), std::size_t(3));
        QCOMPARE(panel->parameters().stack.input.size(), 3);
        QVERIFY(!map->isVisible());
        QVERIFY(scalar::recordSample(panel->parameters(), panel->input(), panel->target()));
        QTest::qWait(100);
        QVERIFY(panel->picture(0, 0).isNull());
        choose(named<QComboBox>(*panel, "Toy data"), QStringLiteral("XOR"));
        QCOMPARE(panel->settings().inputs, 2);
        QVERIFY(map->isVisible());
        QVERIFY(validate(panel->settings()));
    }

    void weightsFromOutsideAreNotLost()
    {
        const auto panel = makeTiny();
        named<QPushButton>(*panel, "Train tiny network")->click();
        QTRY_VERIFY(panel->epoch() >= 2);
        // An epoch is on its way now, and its answer comes too late.
        panel->pause();
        Network moved = panel->parameters();
        for (double& value : moved.parameters)
            value = 0.25;
        panel->setParameters(moved);
        QTest::qWait(200);
        QCOMPARE(panel->parameters().parameters, moved.parameters);
        const int epoch = panel->epoch();
        named<QPushButton>(*panel, "One epoch")->click();
        QTRY_COMPARE(panel->epoch(), epoch + 1);
        QVERIFY(trainTiny(panel->settings(), tinyData(panel->settings()), moved, epoch, 1));
        QCOMPARE(panel->parameters().parameters, moved.parameters);

        Network other = moved;
        std::get<DenseLayer>(other.stack.layers[0]).units = 7;
        panel->setParameters(other);
        QCOMPARE(panel->parameters().stack, moved.stack);
    }

    void brokenTrainingSaysSo()
    {
        const auto panel = makeTiny();
        TinySettings settings;
        settings.layers = {{3, Activation::Linear}, {1, Activation::Linear}};
        settings.loss = Loss::Squared;
        settings.engine = EngineKind::Scalar;
        settings.learningRate = 1e6;
        panel->useSettings(settings);
        auto* problem = named<QLabel>(*panel, "Problem of the tiny training");
        QVERIFY(!problem->isVisible());
        named<QPushButton>(*panel, "Train tiny network")->click();
        QTRY_VERIFY(problem->isVisible());
        QVERIFY(!panel->isTraining());
        for (const double value : panel->parameters().parameters)
            QVERIFY(std::isfinite(value));
        named<QPushButton>(*panel, "Start again")->click();
        QVERIFY(!problem->isVisible());
    }

    void examplesAreTakenOver()
    {
        const auto panel = makeTiny();
        QSignalSpy network(panel.get(), &TinyPanel::networkChanged);
        TinySettings settings;
        settings.set.reset();
        settings.inputs = 3;
        settings.layers = {{4, Activation::Relu}, {3, Activation::Tanh}, {3, Activation::Softmax}};
        panel->useSettings(settings);
        QCOMPARE(network.count(), 1);
        QVERIFY(panel->settings() == settings);
        QCOMPARE(named<QLineEdit>(*panel, "Hidden layers")->text(), QStringLiteral("4, 3"));
        QCOMPARE(named<QComboBox>(*panel, "Output")->currentText(), QStringLiteral("Softmax of 3"));
        QCOMPARE(named<QSpinBox>(*panel, "Target")->maximum(), 2);
        settings.layers.clear();
        panel->useSettings(settings); // refused
        QCOMPARE(network.count(), 1);
        QCOMPARE(panel->settings().layers.size(), std::size_t(3));
        choose(named<QComboBox>(*panel, "Toy data"), QStringLiteral("Circles")); // two classes
        QVERIFY(validate(panel->settings()));
    }

    void neuronsAreChosen()
    {
        const auto panel = makeTiny();
        QSignalSpy spy(panel.get(), &TinyPanel::neuronChosen);
        panel->findChild<UnitMaps*>()->tile(0, 2)->click();
        QCOMPARE(spy.takeFirst(), (QVariantList{0, 2}));
    }

    void endsWhileTraining()
    {
        for (int i = 0; i < 20; ++i) {
            TinyPanel panel;
            TinySettings settings;
            settings.engine = EngineKind::Scalar;
            settings.samples = maximumTinySamples;
            panel.useSettings(settings);
            named<QPushButton>(panel, "Train tiny network")->click();
            QTest::qWait(i);
        }
    }
};

QTEST_MAIN(TestTinyPanel)
#include "tst_tinypanel.moc"
