<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>DataWords</name>
    <message numerus="yes">
        <source>%Ln class(es)</source>
        <translation>
            <numerusform>%Ln class</numerusform>
            <numerusform>%Ln classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) of %1 × %2 in %3</source>
        <translation>
            <numerusform>%Ln image of %1 × %2 in %3</numerusform>
            <numerusform>%Ln images of %1 × %2 in %3</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) of %1 in %2</source>
        <translation>
            <numerusform>%Ln sample of %1 in %2</numerusform>
            <numerusform>%Ln samples of %1 in %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln feature(s)</source>
        <translation>
            <numerusform>%Ln feature</numerusform>
            <numerusform>%Ln features</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GraphPainter</name>
    <message numerus="yes">
        <source>%Ln node(s)</source>
        <translation>
            <numerusform>%Ln node</numerusform>
            <numerusform>%Ln nodes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln output(s)</source>
        <translation>
            <numerusform>%Ln output</numerusform>
            <numerusform>%Ln outputs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::ActivationStrips</name>
    <message numerus="yes">
        <source>each cell the largest of %Ln unit(s)</source>
        <translation>
            <numerusform>each cell the largest of %Ln unit</numerusform>
            <numerusform>each cell the largest of %Ln units</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::DataClassModel</name>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln sample</numerusform>
            <numerusform>%Ln samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln example(s)</source>
        <translation>
            <numerusform>%Ln example</numerusform>
            <numerusform>%Ln examples</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::DecisionMap</name>
    <message numerus="yes">
        <source>%n sample(s), none chosen</source>
        <translation>
            <numerusform>%n sample, none chosen</numerusform>
            <numerusform>%n samples, none chosen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::DescendPanel</name>
    <message numerus="yes">
        <source>After %n steps: %1</source>
        <translation>
            <numerusform>After %n step: %1</numerusform>
            <numerusform>After %n steps: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::DrawPage</name>
    <message numerus="yes">
        <source>Added %Ln drawing(s)</source>
        <translation>
            <numerusform>Added %Ln drawing</numerusform>
            <numerusform>Added %Ln drawings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln drawing(s) recognised</source>
        <translation>
            <numerusform>%1 of %Ln drawing recognised</numerusform>
            <numerusform>%1 of %Ln drawings recognised</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln drawing(s)</source>
        <translation>
            <numerusform>%Ln drawing</numerusform>
            <numerusform>%Ln drawings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::DrawingCanvas</name>
    <message numerus="yes">
        <source>%Ln stroke(s)</source>
        <translation>
            <numerusform>%Ln stroke</numerusform>
            <numerusform>%Ln strokes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::GraphPage</name>
    <message numerus="yes">
        <source>%Ln node(s). Drag a value, or step backward to see how each gradient comes about.</source>
        <translation>
            <numerusform>%Ln node. Drag a value, or step backward to see how each gradient comes about.</numerusform>
            <numerusform>%Ln nodes. Drag a value, or step backward to see how each gradient comes about.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>One sample on its way through the network, %Ln node(s). Double-click a card to open it.</source>
        <translation>
            <numerusform>One sample on its way through the network, %Ln node. Double-click a card to open it.</numerusform>
            <numerusform>One sample on its way through the network, %Ln nodes. Double-click a card to open it.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::GraphSession</name>
    <message numerus="yes">
        <source>%Ln parameter(s)</source>
        <translation>
            <numerusform>%Ln parameter</numerusform>
            <numerusform>%Ln parameters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln leaf(s)</source>
        <translation>
            <numerusform>%Ln leaf</numerusform>
            <numerusform>%Ln leaves</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::GraphView</name>
    <message numerus="yes">
        <source>%n use(s)</source>
        <translation>
            <numerusform>%n use</numerusform>
            <numerusform>%n uses</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln node(s)</source>
        <translation>
            <numerusform>%Ln node</numerusform>
            <numerusform>%Ln nodes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::LayerStackModel</name>
    <message numerus="yes">
        <source>%Ln features</source>
        <translation>
            <numerusform>%Ln feature</numerusform>
            <numerusform>%Ln features</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln features of each sample, nothing to learn</source>
        <translation>
            <numerusform>%Ln feature of each sample, nothing to learn</numerusform>
            <numerusform>%Ln features of each sample, nothing to learn</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 × %2 weights + %Ln biases</source>
        <translation>
            <numerusform>%1 × %2 weights + %Ln bias</numerusform>
            <numerusform>%1 × %2 weights + %Ln biases</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %2, %Ln values</source>
        <translation>
            <numerusform>%1, %2, %Ln value</numerusform>
            <numerusform>%1, %2, %Ln values</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %2, %3 parameters, %4 to %5</source>
        <translation>
            <numerusform>%1, %2, %3 parameter, %4 to %5</numerusform>
            <numerusform>%1, %2, %3 parameters, %4 to %5</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::LayerStackView</name>
    <message numerus="yes">
        <source>%1 parameters</source>
        <translation>
            <numerusform>%1 parameter</numerusform>
            <numerusform>%1 parameters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::MainWindow</name>
    <message numerus="yes">
        <source>%1 · %2 · %n thread(s)</source>
        <translation>
            <numerusform>%1 · %2 · %n thread</numerusform>
            <numerusform>%1 · %2 · %n threads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The output layer has %Ln unit(s) now, one for each class</source>
        <translation>
            <numerusform>The output layer has %Ln unit now, one for each class</numerusform>
            <numerusform>The output layer has %Ln units now, one for each class</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::NodeInspector</name>
    <message numerus="yes">
        <source>%Ln parameter gradient(s) equal the matrix engine&apos;s: largest difference %1.</source>
        <translation>
            <numerusform>%Ln parameter gradient equals the matrix engine&apos;s: largest difference %1.</numerusform>
            <numerusform>%Ln parameter gradients equal the matrix engine&apos;s: largest difference %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln parameter gradient(s), some differ from the matrix engine&apos;s, by up to %1.</source>
        <translation>
            <numerusform>%Ln parameter gradient differs from the matrix engine&apos;s, by %1.</numerusform>
            <numerusform>Of %Ln parameter gradients, some differ from the matrix engine&apos;s, by up to %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::TinyScoreView</name>
    <message numerus="yes">
        <source>measured on %Ln training sample(s)</source>
        <translation>
            <numerusform>measured on %Ln training sample</numerusform>
            <numerusform>measured on %Ln training samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>epoch %1 · loss %2 · accuracy %3 % of %Ln training sample(s)</source>
        <translation>
            <numerusform>epoch %1 · loss %2 · accuracy %3 % of %Ln training sample</numerusform>
            <numerusform>epoch %1 · loss %2 · accuracy %3 % of %Ln training samples</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::TrainPage</name>
    <message numerus="yes">
        <source>%1 wrong of %Ln test sample(s), %2</source>
        <translation>
            <numerusform>%1 wrong of %Ln test sample, %2</numerusform>
            <numerusform>%1 wrong of %Ln test samples, %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::ValueCurve</name>
    <message numerus="yes">
        <source>%1 = %2 after %n steps</source>
        <translation>
            <numerusform>%1 = %2 after %n step</numerusform>
            <numerusform>%1 = %2 after %n steps</numerusform>
        </translation>
    </message>
</context>
</TS>
