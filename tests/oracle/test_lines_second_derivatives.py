"""Second derivatives of layers, losses and functions with unusual options: PyTorch's, in float64.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "g_act": "PyTorch has no second derivative of it",
    "g_glu": "PyTorch has no second derivative of it",
    "g_tel": "PyTorch has no second derivative of it",
    "g_sdpa": "PyTorch has no second derivative of it",
    "g_loss1": "PyTorch has no second derivative of it",
    "g_loss3": "PyTorch has no second derivative of it",
}
REFUSED_HERE = {}
OTHER = {
    "g_param": "PyTorch leaves the norm out of the second derivative of weight_norm, as gradgradcheck tells",
}

PROGRAMS = table(
    r"""
g_conv | R=[go2(m,x) for m,x in ((nn.Conv1d(2,4,3,padding=2,dilation=2,groups=2,padding_mode='circular'),T.randn(2,2,6)),(nn.Conv2d(2,2,3,stride=2,padding=1,padding_mode='reflect'),T.randn(1,2,5,5)),(nn.Conv3d(1,2,2,padding='same'),T.randn(1,1,3,3,3)),(nn.ConvTranspose1d(2,4,3,stride=2,padding=1,output_padding=1,groups=2),T.randn(2,2,4)),(nn.ConvTranspose2d(1,2,2,stride=2,dilation=2),T.randn(1,1,3,3)))]
g_pool | R=[go2(m,T.rand(1,2,6,7)+.1) for m in (nn.MaxPool2d(3,stride=2,padding=1,ceil_mode=True),nn.AvgPool2d(3,stride=2,padding=1,ceil_mode=True,count_include_pad=False),nn.AvgPool2d(2,divisor_override=3),nn.LPPool2d(3,2),nn.AdaptiveAvgPool2d((3,2)),nn.AdaptiveMaxPool2d(2))]
g_norm | R=[go2(m.double(),T.randn(4,6,3,dtype=T.float64)) for m in (nn.BatchNorm1d(6),nn.BatchNorm1d(6,affine=False),nn.BatchNorm1d(6).eval(),nn.GroupNorm(2,6),nn.GroupNorm(3,6,affine=False),nn.InstanceNorm1d(6,affine=True),nn.InstanceNorm1d(6,track_running_stats=True),nn.LayerNorm((6,3)),nn.LayerNorm(3,elementwise_affine=False),nn.RMSNorm(3,eps=.1),nn.LocalResponseNorm(3,alpha=.5))]
g_act | x=t([-3.,-1.2,-.5,.4,.9,2.,7.],dtype=T.float64); R=[go2(m,x) for m in (nn.ELU(.5),nn.SELU(),nn.CELU(.7),nn.GELU(),nn.GELU(approximate='tanh'),nn.SiLU(),nn.Mish(),nn.Softplus(beta=2,threshold=1),nn.Softsign(),nn.Tanhshrink(),nn.Hardshrink(.7),nn.Softshrink(.3),nn.Hardtanh(-2,.5),nn.Hardsigmoid(),nn.Hardswish(),nn.ReLU6(),nn.LeakyReLU(.3),nn.LogSigmoid(),nn.Sigmoid(),nn.Tanh(),nn.RReLU().eval(),nn.PReLU().double(),nn.Softmax(0),nn.LogSoftmax(0),nn.Softmin(0))]
g_glu | R=go2(nn.GLU(0),T.randn(4,3,dtype=T.float64)),go2(nn.Bilinear(2,3,2).double(),T.randn(2,2,dtype=T.float64),T.randn(2,3,dtype=T.float64)),go2(nn.Embedding(4,2,padding_idx=1).double(),t([0,1,1,3])),go2(nn.EmbeddingBag(5,2,mode='mean').double(),t([[0,1],[3,3]]))
g_rnn | R=[go2(m.double(),T.randn(3,2,3,dtype=T.float64)) for m in (nn.RNN(3,2,2,nonlinearity='relu',bidirectional=True),nn.RNN(3,2),nn.LSTM(3,4,proj_size=2,batch_first=True),nn.LSTM(3,2,2,bias=False),nn.GRU(3,2,2,bidirectional=True))]
g_cells | R=go2(nn.LSTMCell(3,2).double(),T.randn(2,3,dtype=T.float64)),go2(nn.GRUCell(3,2).double(),T.randn(2,3,dtype=T.float64)),go2(nn.RNNCell(3,2).double(),T.randn(2,3,dtype=T.float64))
g_mha | R=[go2(lambda *a:m(*a,**k)[0],*[T.randn(3,2,4,dtype=T.float64) for _ in range(3)]) for m in (nn.MultiheadAttention(4,2).double(),nn.MultiheadAttention(4,2,add_bias_kv=True,add_zero_attn=True,bias=False).double()) for k in ({},{'attn_mask':nn.Transformer.generate_square_subsequent_mask(3).double()})]
g_tel | R=[go2(nn.TransformerEncoderLayer(4,2,6,dropout=0.,activation='gelu',norm_first=n).double(),T.randn(3,2,4,dtype=T.float64)) for n in (True,False)]
g_sdpa | q=[T.randn(1,2,3,4,dtype=T.float64) for _ in range(3)]; R=[go2(lambda a,b,c:F.scaled_dot_product_attention(a,b,c,attn_mask=m,is_causal=i),*q) for m,i in ((None,False),(None,True),(t([[True,False,True],[True,True,True],[False,True,True]]),False))]
g_loss1 | x,y=T.randn(4,3,dtype=T.float64),t([0,2,1,2]); R=[go2(lambda x:m(x,y),x) for m in (nn.CrossEntropyLoss(weight=t([.1,.5,2.],dtype=T.float64),label_smoothing=.2),nn.CrossEntropyLoss(ignore_index=2,reduction='none'),nn.MultiMarginLoss(p=2),nn.NLLLoss())]
g_loss2 | x,y=T.rand(4,3,dtype=T.float64),T.rand(4,3,dtype=T.float64); R=[go2(lambda x:m(x,y),x) for m in (nn.BCELoss(),nn.BCEWithLogitsLoss(pos_weight=t([1.,2.,3.],dtype=T.float64)),nn.MSELoss(),nn.SmoothL1Loss(beta=.3),nn.HuberLoss(delta=.2),nn.KLDivLoss(log_target=True,reduction='batchmean'),nn.PoissonNLLLoss(full=True),nn.L1Loss(),nn.MultiLabelSoftMarginLoss(),nn.CrossEntropyLoss(label_smoothing=.1))]
g_loss3 | a,b,c=[T.randn(3,4,dtype=T.float64) for _ in range(3)]; R=[go2(nn.TripletMarginLoss(p=p,swap=s),a,b,c) for p in (2.,3.) for s in (True,False)],go2(nn.CosineEmbeddingLoss(margin=.1),a,b,t([1,-1,1])),go2(nn.GaussianNLLLoss(),a,b,c.abs()+.1),go2(nn.CosineSimilarity(),a,b),go2(nn.PairwiseDistance(p=3.),a,b),go2(lambda a,b:T.cdist(a,b,p=2.),a,b),go2(nn.MarginRankingLoss(),a,b,T.ones(3,4)) if 0 else 0
g_interp | R=[go2(lambda x:F.interpolate(x,scale_factor=1.7,mode=m),T.randn(1,1,4,4,dtype=T.float64)) for m in ('nearest','bilinear','bicubic')],go2(nn.PixelShuffle(2),T.randn(1,4,2,2,dtype=T.float64)),go2(nn.Fold((4,4),2),T.randn(1,4,9,dtype=T.float64)),go2(nn.Unfold(2),T.randn(1,1,4,4,dtype=T.float64)),[go2(m,T.randn(1,1,4,4,dtype=T.float64)) for m in (nn.ReflectionPad2d(1),nn.ReplicationPad2d(2),nn.CircularPad2d(1),nn.ZeroPad2d(1))]
g_param | R=go2(nn.utils.parametrizations.weight_norm(nn.Linear(3,2)).double(),T.randn(2,3,dtype=T.float64))
g_unary | x=t([-2.5,-1.1,-.5,.3,.7,1.3,2.],dtype=T.float64); R=[(n,go2(getattr(T,n),x)) for n in 'acosh asin asinh atan atanh cosh erf erfc erfinv exp exp2 expm1 lgamma digamma log log1p log2 log10 reciprocal rsqrt sinc sqrt tan tanh sigmoid sin cos i0 abs square logit'.split()]
g_binary | a,b=t([2.5,.3,1.,3.,2.],dtype=T.float64),t([2.,1.,1.5,-3.,.5],dtype=T.float64); R=[(n,go2(getattr(T,n),a,b)) for n in 'mul div pow fmod remainder atan2 hypot maximum logaddexp logaddexp2 xlogy dist copysign'.split()]
g_red | x=T.randn(3,4,dtype=T.float64); R=[go2(f,x) for f in (lambda x:x.prod(1),lambda x:x.logsumexp(0),lambda x:x.std(1),lambda x:x.var((0,1)),lambda x:x.norm(3,1),lambda x:x.norm(),lambda x:x.cumprod(1),lambda x:x.logcumsumexp(0),lambda x:x.amax(1),lambda x:x.softmax(0),lambda x:x.sort(1)[0],lambda x:x.median(1)[0],lambda x:T.linalg.norm(x,'nuc'),lambda x:T.linalg.norm(x,2),lambda x:x.quantile(.3,1),lambda x:F.normalize(x,dim=1),lambda x:T.cov(x),lambda x:x.nanmean(0),lambda x:T.einsum('ij,kj->ik',x,x),lambda x:x.mean(0)**2,lambda x:x.norm(1),lambda x:x.norm(inf),lambda x:x.norm(.5))]
g_prod0 | x=t([0.,2.,3.],dtype=T.float64); R=go2(lambda x:x.prod(),x),go2(lambda x:x.cumprod(0),x),go2(lambda x:(x**2).prod(),t([0.,0.,3.],dtype=T.float64))
g_lin | a=T.randn(3,3,dtype=T.float64); R=[go2(f,a) for f in (T.linalg.det,T.linalg.inv,lambda a:T.linalg.cholesky(a@a.T+T.eye(3)),lambda a:T.linalg.slogdet(a)[1],lambda a:T.linalg.eigvalsh(a+a.T),lambda a:T.linalg.svdvals(a),lambda a:T.linalg.solve(a,T.ones(3,dtype=T.float64)),lambda a:T.linalg.matrix_exp(a),lambda a:T.linalg.pinv(a),lambda a:T.linalg.matrix_power(a,3),lambda a:T.linalg.qr(a)[1].abs())]
g_idx | x=T.randn(4,3,dtype=T.float64); R=[go2(f,x) for f in (lambda x:x[[0,0,2]],lambda x:x[x>0],lambda x:x.gather(1,t([[0,0],[1,2]])),lambda x:x.scatter_add(1,t([[0,0],[1,2]]),x[:2,:2]),lambda x:x.index_add(0,t([0,0]),x[1:3]),lambda x:x.masked_fill(x>0,0.),lambda x:x.scatter_reduce(0,t([[0,0,0]]),x[:1],'prod'),lambda x:T.where(x>0,x,x**2),lambda x:x.roll(1,0)*x,lambda x:x.flip(0)*x,lambda x:x.unfold(0,2,1)*2,lambda x:x.index_copy(0,t([1]),x[:1]**2),lambda x:x.take(t([0,0,5])),lambda x:x.diagonal()*x[0],lambda x:x.repeat_interleave(2,0)**2,lambda x:T.kron(x,x)[:3],lambda x:x.clamp(-.5,.5))]
g_dist | R=go2(lambda m,s:T.distributions.Normal(m,s).log_prob(t(.3)),t(.5),t(1.5)),go2(lambda a,b:T.distributions.Gamma(a,b).log_prob(t(.3)),t(1.5),t(2.)),go2(lambda a,b:T.distributions.kl_divergence(T.distributions.Beta(a,b),T.distributions.Beta(1.,2.)),t(1.5),t(2.))
g_gs | R=[go2(lambda x,g:F.grid_sample(x,g,padding_mode=p,align_corners=False),T.randn(1,1,4,4,dtype=T.float64),T.rand(1,2,2,2,dtype=T.float64)*1.6-.8) for p in ('zeros','border','reflection')]
g_ctc | R=go(lambda x:nn.CTCLoss(reduction='sum',zero_infinity=True)(x.log_softmax(2),t([[1,2,2],[3,1,0]]),t([6,5]),t([3,2])),T.randn(6,2,5,dtype=T.float64))
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
