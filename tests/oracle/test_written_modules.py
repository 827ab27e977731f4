"""Modules, optimizers, results and types are written as PyTorch writes them."""

import pytest
import torch

import tinygrad_fr as tg

MODULES = """
Linear(2,3); Linear(2,3,bias=False); Conv1d(2,3,3); Conv2d(2,3,3,padding=1,stride=2,bias=False)
Conv2d(2,4,3,dilation=2,groups=2,padding_mode='circular'); Conv2d(1,1,(3,5),padding='same'); Conv3d(2,3,3)
ConvTranspose1d(2,3,3); ConvTranspose2d(2,3,3,output_padding=1,stride=2); ConvTranspose3d(2,3,3); BatchNorm1d(3)
BatchNorm2d(3,eps=1e-3,momentum=0.2,affine=False); BatchNorm3d(3,track_running_stats=False); InstanceNorm1d(3)
InstanceNorm2d(3,affine=True); InstanceNorm3d(3); LayerNorm(5); LayerNorm((2,3),elementwise_affine=False)
GroupNorm(2,4); RMSNorm(4); LocalResponseNorm(2); Embedding(3,4); Embedding(3,4,padding_idx=0); EmbeddingBag(3,4)
Bilinear(2,3,4); PReLU(); PReLU(3); ReLU(); ReLU(inplace=True); ReLU6(); LeakyReLU(0.2); LeakyReLU(0.2,True); ELU()
ELU(0.5); CELU(); SELU(); GELU(); GELU('tanh'); GLU(); Sigmoid(); Tanh(); SiLU(); SiLU(inplace=True); Mish()
Softplus(); Softshrink(); Softsign(); Tanhshrink(); Threshold(0.1,20); Hardtanh(); Hardtanh(-2,2); Hardshrink()
Hardsigmoid(); Hardswish(); LogSigmoid(); Softmax(dim=1); Softmax(); LogSoftmax(dim=1); Softmin(dim=1); Softmax2d()
Dropout(0.3); Dropout(); Dropout1d(); Dropout2d(0.1,True); Dropout3d(); AlphaDropout(); FeatureAlphaDropout()
Flatten(); Flatten(0,-1); Unflatten(1,(2,3)); Identity(); MaxPool1d(2); MaxPool2d(2); MaxPool2d(3,stride=2,padding=1)
MaxPool2d((2,3)); MaxPool3d(2); AvgPool1d(2); AvgPool2d(2); AvgPool2d(3,2,1); AvgPool3d(2); AdaptiveAvgPool1d(1)
AdaptiveAvgPool2d((1,1)); AdaptiveAvgPool2d(1); AdaptiveAvgPool3d(1); AdaptiveMaxPool1d(2); AdaptiveMaxPool2d((2,3))
AdaptiveMaxPool3d(2); MaxUnpool1d(2); MaxUnpool2d(2); MaxUnpool3d(2); LPPool1d(2,3); LPPool2d(2,3); ZeroPad1d(1)
ZeroPad2d(1); ZeroPad2d((1,2,3,4)); ZeroPad3d(1); ConstantPad1d(1,2.); ConstantPad2d(1,2.); ConstantPad3d(1,0)
ReflectionPad1d(1); ReflectionPad2d(1); ReflectionPad3d(1); ReplicationPad1d(1); ReplicationPad2d(1)
ReplicationPad3d(1); CircularPad1d(1); CircularPad2d(1); CircularPad3d(1); Upsample(scale_factor=2)
Upsample(size=(3,4),mode='bilinear'); UpsamplingNearest2d(scale_factor=2); UpsamplingBilinear2d(scale_factor=2)
PixelShuffle(2); PixelUnshuffle(2); ChannelShuffle(2); Fold((4,4),2); Unfold(2); CosineSimilarity()
PairwiseDistance(); MSELoss(); L1Loss(); CrossEntropyLoss(); CrossEntropyLoss(weight=torch.ones(2)); NLLLoss()
BCELoss(); BCEWithLogitsLoss(); BCEWithLogitsLoss(pos_weight=torch.ones(2)); KLDivLoss(); SmoothL1Loss(); HuberLoss()
CTCLoss(); CosineEmbeddingLoss(); MarginRankingLoss(); TripletMarginLoss(); TripletMarginWithDistanceLoss()
HingeEmbeddingLoss(); SoftMarginLoss(); MultiLabelMarginLoss(); MultiLabelSoftMarginLoss(); MultiMarginLoss()
PoissonNLLLoss(); GaussianNLLLoss(); RNN(2,3); RNN(2,3,2,nonlinearity='relu',batch_first=True); LSTM(2,3)
LSTM(2,3,num_layers=2,dropout=0.5,bidirectional=True,batch_first=True); LSTM(3,4,proj_size=2); GRU(2,3,bias=False)
RNNCell(2,3); RNNCell(2,3,nonlinearity='relu'); LSTMCell(2,3); GRUCell(2,3,bias=False); MultiheadAttention(4,2)
MultiheadAttention(4,2,kdim=3,vdim=5); TransformerEncoderLayer(4,2,8)
TransformerDecoderLayer(4,2,8,activation='gelu'); TransformerEncoder(nn.TransformerEncoderLayer(4,2,8),2)
Transformer(4,2,1,1,8); Sequential(); Sequential(nn.Linear(2,3),nn.ReLU(),nn.Linear(3,1))
Sequential(nn.Linear(2,3),nn.Sequential(nn.Linear(2,3),nn.ReLU())); Sequential(*[nn.Linear(2,2) for _ in range(4)])
ModuleList([nn.Linear(2,3),nn.ReLU()]); ModuleList([nn.Linear(2,3) for _ in range(4)])
ModuleList([nn.Linear(2,3),nn.Linear(2,3),nn.ReLU(),nn.ReLU()]); ModuleList()
ModuleDict({'a':nn.Linear(2,3),'b':nn.ReLU()}); ModuleDict()
ParameterList([nn.Parameter(torch.ones(2,3)),nn.Parameter(torch.ones(()))])
ParameterDict({'w':nn.Parameter(torch.ones(2)),'k':3}); ParameterList(); LazyLinear(3); LazyConv2d(3,2)
LazyBatchNorm1d(); LazyConv1d(3,2,stride=2); AdaptiveLogSoftmaxWithLoss(4,10,[3,6]); DataParallel(nn.Linear(2,3))
Hardtanh(inplace=True); ELU(inplace=True); TransformerDecoder(nn.TransformerDecoderLayer(4,2,8),1)
LazyInstanceNorm2d(); LazyConvTranspose2d(2,3)
"""
RESULTS = """
torch.max(x, 0); x.min(1); x.sort(); x.topk(1); torch.median(x, 0); torch.mode(x, 0); torch.kthvalue(x, 1); x.cummax(0); torch.cummin(x, 0);
torch.linalg.slogdet(x); x.shape; x.size(); x[0].shape; x.dtype; x.device; torch.int64; torch.bool; [torch.float64, torch.uint8];
torch.finfo(torch.float32); torch.finfo(torch.float16); torch.iinfo(torch.int8); torch.finfo(torch.float64); x.shape + (1,); (1,) + x.shape;
x.shape[:1]; x.shape * 2; torch.Size([1, 2]); torch.Size(); x.numel(); x.stride(); torch.aminmax(x); torch.get_default_dtype(); x.type();
f"{x.shape} {x.dtype} {x[0, 0]:.2f} {x[0, 0]}"; x.tolist(); str(x.sum()); torch.linalg.eigh(x); torch.linalg.qr(x); x.sum().item(); x.grad;
torch.result_type(x, 1); x.is_leaf; torch.float32.is_floating_point; torch.promote_types(torch.int8, torch.uint8); type(x.shape).__name__;
torch.nanmedian(x, 0); torch.linalg.svd(x); torch.device("cpu"); torch.var_mean(x); torch.std_mean(x, 0); x.unique(return_counts=True)
"""
OPTIMIZERS = """
SGD(w, lr=0.1); SGD(w, 0.1, momentum=0.9, nesterov=True); Adam(w); AdamW(w, lr=2e-3); RMSprop(w); Adagrad(w); Adadelta(w); Adamax(w); NAdam(w);
RAdam(w); ASGD(w); Rprop(w); LBFGS(w); Adam([{"params": w}, {"params": [p], "lr": 0.5}], lr=1e-4)
"""


def split(text):
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]


def said(package, expression, **more):
    torch.manual_seed(0)
    nn = package.nn
    return repr(eval(expression, {"torch": package, "nn": nn, **vars(nn), **more}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", split(MODULES))
def test_modules(expression):
    assert said(tg, expression) == said(torch, expression)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", split(RESULTS))
def test_results(expression):
    rows = [[2.0, 0.5], [0.5, 1.0]]
    assert said(tg, expression, x=tg.tensor(rows)) == said(torch, expression, x=torch.tensor(rows))


@pytest.mark.parametrize("expression", split(OPTIMIZERS))
def test_optimizers(expression):
    def written(package):
        w, p = ([package.nn.Parameter(package.ones(2))] for _each in range(2))
        return said(package, f"torch.optim.{expression}", w=w, p=p[0])

    assert written(tg) == written(torch)


WHOLE = [
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(2, 3)\n        self.act = nn.ReLU()\n        self.lost = None\nfound = Net()",
    "class Net(nn.Module):\n    def extra_repr(self):\n        return 'a=1\\nb=2'\nfound = Net()",
    "found = nn.Sequential(); found.add_module('a', nn.Tanh()); found.append(nn.Identity())",
    "found = nn.Sequential(nn.Linear(1, 2), nn.Tanh()) + nn.Sequential(nn.Linear(2, 1)); del found[0]",
    "found = nn.ModuleList([nn.Tanh()]) + [nn.ReLU()]; found.insert(0, nn.Linear(1, 1)); found.pop(1)",
    "found = nn.ModuleDict([['a', nn.Tanh()]]); found.update({'b': nn.ReLU()}); found.pop('a')",
]


@pytest.mark.parametrize("program", WHOLE)
def test_modules_of_ones_own(program):
    texts = []
    for package in (torch, tg):
        space = {"nn": package.nn}
        exec(program, space)
        texts.append(repr(space["found"]))
    assert texts[0] == texts[1]
